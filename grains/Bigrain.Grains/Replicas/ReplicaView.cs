using System.Collections.Concurrent;
using System.Collections.Immutable;
using Bigrain.Contracts.Partitions;
using Bigrain.Contracts.Replicas;
using Bigrain.Grains.Placement;
using Bigrain.Index.Partitions;

namespace Bigrain.Grains.Replicas;

/// <summary>What every silo said last about the replicas it holds. A hint for loading and routing, never for safety.</summary>
/// <remarks>Thread safe. The last words of a silo that died are kept for minutes: they say what its heirs must load.</remarks>
internal sealed class ReplicaView(SiloMap silos, TimeProvider time)
{
    private static readonly TimeSpan ForgetAfter = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<string, Seen> _seen = new(StringComparer.Ordinal);

    /// <summary>Everything that any silo said it holds, those of dead silos included.</summary>
    public IEnumerable<HeldReplica> Known => _seen.Values.SelectMany(seen => seen.Held.Values);

    /// <summary>Takes a silo's report in.</summary>
    /// <returns>Whether it says anything new: another partition, readiness, or that the silo is leaving.</returns>
    public bool Receive(ReplicaReport report)
    {
        var held = ImmutableDictionary.CreateBuilder<PartitionKey, HeldReplica>();
        foreach (HeldReplica replica in report.Held)
        {
            held[PartitionKey.Parse(replica.Partition)] = replica;
        }

        var now = new Seen(held.ToImmutable(), time.GetTimestamp());
        bool changed = !_seen.TryGetValue(report.Silo, out Seen? before) || !now.SaysTheSameAs(before);
        _seen[report.Silo] = now;
        return silos.MarkDraining(report.Silo, report.IsDraining) || changed;
    }

    /// <summary>Whether a silo has reported since a moment.</summary>
    public bool HasReportedSince(string silo, long timestamp) => _seen.TryGetValue(silo, out Seen? seen) && seen.At >= timestamp;

    /// <summary>Whether a silo said that it can answer for a partition.</summary>
    public bool IsReady(string silo, PartitionKey partition) =>
        _seen.TryGetValue(silo, out Seen? seen)
        && seen.Held.TryGetValue(partition, out HeldReplica? held)
        && held.Readiness == PartitionReadiness.Ready;

    /// <summary>Live silos that said they can answer for a partition.</summary>
    public IEnumerable<string> HoldersOf(PartitionKey partition) =>
        silos.LiveNames.Where(silo => IsReady(silo, partition));

    /// <summary>Forgets a collection that was dropped, so that nobody loads it again.</summary>
    public void Forget(string incarnation) => Forget(key => key.Incarnation.Value == incarnation);

    /// <summary>Forgets a partition of a collection or generation that is no more.</summary>
    public void Forget(PartitionKey partition) => Forget(key => key == partition);

    /// <summary>Forgets silos that have been silent for long.</summary>
    public void Prune()
    {
        foreach ((string silo, Seen seen) in _seen)
        {
            if (time.GetElapsedTime(seen.At) > ForgetAfter)
            {
                _seen.TryRemove(silo, out _);
            }
        }
    }

    private void Forget(Func<PartitionKey, bool> isGone)
    {
        foreach ((string silo, Seen seen) in _seen)
        {
            _seen.TryUpdate(silo, seen with { Held = seen.Held.RemoveRange(seen.Held.Keys.Where(isGone)) }, seen);
        }
    }

    private sealed record Seen(ImmutableDictionary<PartitionKey, HeldReplica> Held, long At)
    {
        public bool SaysTheSameAs(Seen other) =>
            Held.Count == other.Held.Count
            && Held.All(pair => other.Held.TryGetValue(pair.Key, out HeldReplica? held) && held.Readiness == pair.Value.Readiness);
    }
}
