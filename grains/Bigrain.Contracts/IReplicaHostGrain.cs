using Bigrain.Contracts.Replicas;
using Orleans.Concurrency;

namespace Bigrain.Contracts;

/// <summary>The replicas of one silo, as writers and other silos reach them; the key is the silo's name, and it is placed there.</summary>
/// <remarks>One call for all partitions of the silo. Everything here may be lost or come twice: the log and the manifests are the
/// truth, and a replica that missed something reads them.</remarks>
[Alias("bigrain.IReplicaHostGrain")]
public interface IReplicaHostGrain : IGrainWithStringKey
{
    /// <summary>Passes a committed log entry on.</summary>
    /// <param name="push">The entry and the partitions that follow its stream.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Whether a tail is so far behind its freezes that writers should hold back.</returns>
    [Alias("Push")]
    [AlwaysInterleave]
    [ResponseTimeout("00:00:05")]
    Task<bool> PushAsync(EntryPush push, CancellationToken cancellationToken);

    /// <summary>Says how far a stream's log goes.</summary>
    /// <param name="heartbeat">The writer's epoch and last sequence.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>As <see cref="PushAsync"/>.</returns>
    [Alias("Heartbeat")]
    [AlwaysInterleave]
    [ResponseTimeout("00:00:05")]
    Task<bool> HeartbeatAsync(WriterHeartbeat heartbeat, CancellationToken cancellationToken);

    /// <summary>Tells what the caller holds and asks what this silo holds.</summary>
    /// <param name="report">What the caller holds.</param>
    /// <param name="cancellationToken">Gives up.</param>
    [Alias("Exchange")]
    [AlwaysInterleave]
    [ResponseTimeout("00:00:05")]
    Task<ReplicaReport> ExchangeAsync(ReplicaReport report, CancellationToken cancellationToken);

    /// <summary>Loads partitions if needed and waits for them.</summary>
    /// <param name="collection">Name of the collection.</param>
    /// <param name="partitions">Keys <c>{incarnation}/{g}/{p}</c>.</param>
    /// <param name="cancellationToken">Gives up the call, not the loads.</param>
    /// <exception cref="Faults.FaultException">A load failed; the code says how.</exception>
    [Alias("Open")]
    [AlwaysInterleave]
    [ResponseTimeout("00:01:00")]
    Task OpenAsync(string collection, string[] partitions, CancellationToken cancellationToken);

    /// <summary>Says that the primary of a partition has committed: its manifest can be followed.</summary>
    /// <param name="partition">Key <c>{incarnation}/{g}/{p}</c>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    [Alias("Follow")]
    [AlwaysInterleave]
    [ResponseTimeout("00:00:05")]
    Task FollowAsync(string partition, CancellationToken cancellationToken);

    /// <summary>Unloads every partition of a collection that was dropped.</summary>
    /// <param name="incarnation">Its incarnation.</param>
    /// <param name="cancellationToken">Gives up.</param>
    [Alias("Unload")]
    [AlwaysInterleave]
    [ResponseTimeout("00:00:30")]
    Task UnloadAsync(string incarnation, CancellationToken cancellationToken);
}
