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

    /// <summary>Loads a partition if needed and reads dense records of it, so that the caches of this silo have them.</summary>
    /// <param name="collection">Name of the collection.</param>
    /// <param name="partition">Key <c>{incarnation}/{g}/{p}</c>.</param>
    /// <param name="maxDenseBytes">Most bytes of dense records; 0 reads none.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="Faults.FaultException">The load or a read failed; the code says how.</exception>
    [Alias("Warm")]
    [AlwaysInterleave]
    [ResponseTimeout("02:00:00")]
    Task<WarmReply> WarmAsync(string collection, string partition, long maxDenseBytes, CancellationToken cancellationToken);

    /// <summary>Says that the primary of a partition has committed: its manifest can be followed.</summary>
    /// <param name="partition">Key <c>{incarnation}/{g}/{p}</c>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    [Alias("Follow")]
    [AlwaysInterleave]
    [ResponseTimeout("00:00:05")]
    Task FollowAsync(string partition, CancellationToken cancellationToken);

    /// <summary>Forgets the HEAD of a collection that was dropped, and begins to unload its partitions.</summary>
    /// <param name="incarnation">Its incarnation.</param>
    /// <param name="cancellationToken">Gives up.</param>
    [Alias("Unload")]
    [AlwaysInterleave]
    [ResponseTimeout("00:00:30")]
    Task UnloadAsync(string incarnation, CancellationToken cancellationToken);

    /// <summary>Starts the build of a partition of a new generation, or says how far it is. Asking again changes nothing; what a silo
    /// that went away has done is lost, and another one is asked to begin anew.</summary>
    /// <param name="order">What to build; without sources it only asks.</param>
    /// <param name="cancellationToken">Gives up the call, not the build.</param>
    [Alias("Build")]
    [AlwaysInterleave]
    [ResponseTimeout("00:00:30")]
    Task<BuildStatus> BuildAsync(BuildOrder order, CancellationToken cancellationToken);

    /// <summary>Ends a build; one that is not running is left alone.</summary>
    /// <param name="partition">Key <c>{incarnation}/{g}/{p}</c>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    [Alias("CancelBuild")]
    [AlwaysInterleave]
    [ResponseTimeout("00:00:30")]
    Task CancelBuildAsync(string partition, CancellationToken cancellationToken);

    /// <summary>Says which documents partitions hold, each with all of its log applied and all of them at one moment.</summary>
    /// <param name="collection">Name of the collection.</param>
    /// <param name="partitions">Keys <c>{incarnation}/{g}/{p}</c>, of any generation.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>One packed digest for each, in the order asked.</returns>
    [Alias("Digest")]
    [AlwaysInterleave]
    [ResponseTimeout("00:05:00")]
    Task<PackedBytes[]> DigestAsync(string collection, string[] partitions, CancellationToken cancellationToken);

    /// <summary>Finds the nearest documents of partitions exactly, by reading all of their vectors.</summary>
    /// <param name="collection">Name of the collection.</param>
    /// <param name="partitions">Keys <c>{incarnation}/{g}/{p}</c>.</param>
    /// <param name="request">Packed queries.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>A packed reply for all of them together.</returns>
    [Alias("Exact")]
    [AlwaysInterleave]
    [ResponseTimeout("00:10:00")]
    Task<PackedBytes> ExactAsync(string collection, string[] partitions, PackedBytes request, CancellationToken cancellationToken);

    /// <summary>Draws stored vectors at random.</summary>
    /// <param name="collection">Name of the collection.</param>
    /// <param name="partitions">Keys <c>{incarnation}/{g}/{p}</c>.</param>
    /// <param name="count">Documents wanted of each; fewer where a partition has fewer.</param>
    /// <param name="seed">Seed of the choice.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Packed documents.</returns>
    [Alias("Sample")]
    [AlwaysInterleave]
    [ResponseTimeout("00:05:00")]
    Task<PackedBytes> SampleAsync(string collection, string[] partitions, int count, long seed, CancellationToken cancellationToken);

    /// <summary>Reads the versions of documents, with a stream's log applied up to a sequence at least.</summary>
    /// <param name="collection">Name of the collection.</param>
    /// <param name="partition">Key <c>{incarnation}/{g}/{p}</c> of the partition that keeps them.</param>
    /// <param name="stream">Their stream.</param>
    /// <param name="sequence">Sequence that must be applied.</param>
    /// <param name="ids">Packed ids.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Packed versions, one for each id.</returns>
    [Alias("Versions")]
    [AlwaysInterleave]
    [ResponseTimeout("00:00:10")]
    Task<PackedBytes> VersionsAsync(
        string collection, string partition, int stream, long sequence, PackedBytes ids, CancellationToken cancellationToken);
}
