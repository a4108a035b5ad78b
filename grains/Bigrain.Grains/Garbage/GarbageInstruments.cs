using System.Diagnostics.Metrics;
using Bigrain.Index.Garbage;

namespace Bigrain.Grains.Garbage;

/// <summary>Metrics of garbage collection; meter <c>Bigrain.Gc</c>.</summary>
public sealed class GarbageInstruments
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "Bigrain.Gc";

    private readonly Counter<long> _passes;
    private readonly Counter<long> _blobs;
    private readonly Counter<long> _bytes;

    /// <summary>Makes the instruments.</summary>
    /// <param name="meters">Makes the meter; null for one that nobody owns.</param>
    public GarbageInstruments(IMeterFactory? meters)
    {
#pragma warning disable CA2000 // a meter lives as long as its process
        Meter meter = meters?.Create(MeterName) ?? new Meter(MeterName);
#pragma warning restore CA2000
        _passes = meter.CreateCounter<long>("bigrain.gc.passes", "{pass}", "Passes of garbage collection that ended.");
        _blobs = meter.CreateCounter<long>("bigrain.gc.deleted.blobs", "{blob}", "Blobs that were unreachable and deleted, by kind.");
        _bytes = meter.CreateCounter<long>("bigrain.gc.deleted.bytes", "By", "Bytes of the blobs deleted, by kind.");
    }

    /// <summary>A pass has ended.</summary>
    internal void Collected(GarbageReport report)
    {
        _passes.Add(1);
        foreach (GarbageLine line in report.Lines)
        {
            var kind = new KeyValuePair<string, object?>("kind", line.Kind.ToString());
            _blobs.Add(line.DeletedCount, kind);
            _bytes.Add(line.DeletedBytes, kind);
        }
    }
}
