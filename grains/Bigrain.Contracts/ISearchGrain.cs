using Orleans.Concurrency;

namespace Bigrain.Contracts;

/// <summary>The search of one silo over all its partitions; the key is the silo's name, and it is placed there.</summary>
[Alias("bigrain.ISearchGrain")]
public interface ISearchGrain : IGrainWithStringKey
{
    /// <summary>Searches the coarse codes and tails of the partitions that the request lists.</summary>
    /// <param name="request">The query once, and the partitions, packed.</param>
    /// <param name="cancellationToken">Ends the scan.</param>
    /// <returns>One shortlist with its coverage, packed.</returns>
    [Alias("Search")]
    [AlwaysInterleave]
    [ResponseTimeout("00:01:05")]
    Task<PackedBytes> SearchAsync(PackedBytes request, CancellationToken cancellationToken);

    /// <summary>What the silo is and holds.</summary>
    [Alias("Describe")]
    [AlwaysInterleave]
    Task<SiloInfo> DescribeAsync(CancellationToken cancellationToken);

    /// <summary>Scores addresses exactly from the dense records.</summary>
    /// <param name="request">The query and the addresses, packed.</param>
    /// <param name="cancellationToken">Ends the reads.</param>
    /// <returns>Exact scores, ids and payloads, packed.</returns>
    [Alias("Verify")]
    [AlwaysInterleave]
    [ResponseTimeout("00:01:05")]
    Task<PackedBytes> VerifyAsync(PackedBytes request, CancellationToken cancellationToken);
}
