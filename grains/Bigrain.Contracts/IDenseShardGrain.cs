using Orleans.Concurrency;

namespace Bigrain.Contracts;

/// <summary>The heavy side of one replica of a partition: whole documents by id; the key is <c>{incarnation}/{g}/{p}/{replica}</c>.</summary>
/// <remarks>Placed with the coarse partition of the same key.</remarks>
[Alias("bigrain.IDenseShardGrain")]
public interface IDenseShardGrain : IGrainWithStringKey
{
    /// <summary>Reads documents by id; loads the partition if needed.</summary>
    /// <param name="collection">Name of the collection.</param>
    /// <param name="current">Whether every acknowledged write must be seen.</param>
    /// <param name="minSequences">Per stream the sequence that must be seen; empty asks for nothing.</param>
    /// <param name="ids">The ids, packed.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The documents found, packed, in the order of the ids.</returns>
    [Alias("Get")]
    [AlwaysInterleave]
    [ResponseTimeout("00:01:00")]
    Task<PackedBytes> GetAsync(string collection, bool current, long[] minSequences, PackedBytes ids, CancellationToken cancellationToken);

    /// <summary>Reads documents in the order of id hash and id; loads the partition if needed.</summary>
    /// <param name="collection">Name of the collection.</param>
    /// <param name="current">Whether every acknowledged write must be seen.</param>
    /// <param name="after">Cursor of the last document of the page before; null for the first page.</param>
    /// <param name="limit">Most documents.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The page, packed.</returns>
    [Alias("Page")]
    [AlwaysInterleave]
    [ResponseTimeout("00:01:00")]
    Task<PackedBytes> PageAsync(string collection, bool current, string? after, int limit, CancellationToken cancellationToken);
}
