using System.Diagnostics.Metrics;
using Bigrain.Grains.Partitions;

namespace Bigrain.Grains.Replicas;

/// <summary>Metrics of the replicas of a silo; meter <c>Bigrain.Replicas</c>.</summary>
internal sealed class ReplicaInstruments
{
    private readonly Counter<long> _taken;
    private readonly Counter<long> _released;

    public ReplicaInstruments(IMeterFactory meters, PartitionKeeper keeper)
    {
        Meter meter = meters.Create("Bigrain.Replicas");
        meter.CreateObservableGauge("bigrain.replicas.ready", () => keeper.LoadedCount, "{replica}", "Partitions that this silo can answer for.");
        _taken = meter.CreateCounter<long>("bigrain.replicas.taken", "{replica}", "Partitions that fell to this silo and were loaded for it.");
        _released = meter.CreateCounter<long>("bigrain.replicas.released", "{replica}", "Partitions that moved away and were unloaded.");
    }

    /// <summary>A partition fell to this silo.</summary>
    public void Taken() => _taken.Add(1);

    /// <summary>A partition moved away.</summary>
    public void Released() => _released.Add(1);
}
