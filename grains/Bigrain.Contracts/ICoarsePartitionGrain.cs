using Bigrain.Contracts.Partitions;
using Orleans.Concurrency;

namespace Bigrain.Contracts;

/// <summary>The light side of one replica of a partition: its lifecycle, tail and maintenance; the key is <c>{incarnation}/{g}/{p}/{replica}</c>.</summary>
/// <remarks>What is loaded belongs to the silo, not to the activation: an activation that is dropped and made again attaches to it.</remarks>
[Alias("bigrain.ICoarsePartitionGrain")]
public interface ICoarsePartitionGrain : IGrainWithStringKey
{
    /// <summary>Starts loading in the background unless loaded, and says how far it is.</summary>
    /// <param name="collection">Name of the collection.</param>
    /// <param name="cancellationToken">Gives up the call, not the load.</param>
    [Alias("Load")]
    [AlwaysInterleave]
    Task<PartitionStatus> LoadAsync(string collection, CancellationToken cancellationToken);

    /// <summary>Loads if needed and waits for it.</summary>
    /// <exception cref="Faults.FaultException">The load failed; the code says how.</exception>
    [Alias("Open")]
    [AlwaysInterleave]
    [ResponseTimeout("00:01:00")]
    Task<PartitionStatus> OpenAsync(string collection, CancellationToken cancellationToken);

    /// <summary>Freezes the tail into a segment.</summary>
    [Alias("Freeze")]
    [AlwaysInterleave]
    [ResponseTimeout("00:02:00")]
    Task FreezeAsync(string collection, CancellationToken cancellationToken);

    /// <summary>Freezes and merges until one compacted segment set is left.</summary>
    [Alias("Compact")]
    [AlwaysInterleave]
    [ResponseTimeout("12:00:00")]
    Task CompactAsync(string collection, CancellationToken cancellationToken);

    /// <summary>What it holds now; loads nothing.</summary>
    [Alias("Status")]
    [AlwaysInterleave]
    Task<PartitionStatus> GetStatusAsync(CancellationToken cancellationToken);

    /// <summary>Drops what is loaded.</summary>
    [Alias("Unload")]
    [AlwaysInterleave]
    Task UnloadAsync(CancellationToken cancellationToken);
}
