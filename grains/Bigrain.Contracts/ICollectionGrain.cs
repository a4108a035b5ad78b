using Bigrain.Contracts.Collections;
using Orleans.Concurrency;

namespace Bigrain.Contracts;

/// <summary>Administration of one collection; the key is its name.</summary>
/// <remarks>Serial: it orders create and drop of a name inside the cluster. The blob store's conditional writes, not this
/// order, make them safe.</remarks>
[Alias("bigrain.ICollectionGrain")]
public interface ICollectionGrain : IGrainWithStringKey
{
    /// <summary>Creates the collection; an identical one is left as it is.</summary>
    /// <exception cref="Faults.FaultException">Conflict: a different collection has the name; InvalidArgument: the schema breaks a limit.</exception>
    [Alias("Create")]
    Task<CreateCollectionReply> CreateAsync(WireSchema schema, CancellationToken cancellationToken);

    /// <summary>Reads the HEAD.</summary>
    /// <exception cref="Faults.FaultException">NotFound: no such collection.</exception>
    [Alias("Describe")]
    Task<CollectionInfo> DescribeAsync(CancellationToken cancellationToken);

    /// <summary>Removes the HEAD, tells every silo and has the partitions unloaded; the blobs are garbage from then on.</summary>
    /// <returns>Whether there was a collection.</returns>
    [Alias("Drop")]
    Task<bool> DropAsync(CancellationToken cancellationToken);

    /// <summary>Reports what the partitions hold now.</summary>
    /// <param name="load">Whether to start loading those that are not; it is not waited for.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="Faults.FaultException">NotFound: no such collection.</exception>
    [Alias("Statistics")]
    [ResponseTimeout("00:01:00")]
    Task<CollectionStatistics> GetStatisticsAsync(bool load, CancellationToken cancellationToken);

    /// <summary>Freezes and compacts every partition until each is one compacted segment set, its tail included as it was at the call.</summary>
    /// <param name="cancellationToken">Stops waiting; the work goes on.</param>
    /// <exception cref="Faults.FaultException">NotFound: no such collection.</exception>
    [Alias("Compact")]
    [AlwaysInterleave]
    [ResponseTimeout("12:00:00")]
    Task CompactAsync(CancellationToken cancellationToken);
}
