namespace Bigrain.Contracts;

/// <summary>Plans queries, scatters them over the silos and gathers the answers; any activation will do (key 0).</summary>
[Alias("bigrain.ISearchCoordinatorGrain")]
public interface ISearchCoordinatorGrain : IGrainWithIntegerKey
{
    /// <summary>Answers one query.</summary>
    /// <param name="collection">Name of the collection.</param>
    /// <param name="query">The query, packed.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The answer, packed.</returns>
    /// <exception cref="Faults.FaultException">NotFound, InvalidArgument, Overloaded, Unavailable or DeadlineExceeded.</exception>
    [Alias("Query")]
    [ResponseTimeout("00:01:10")]
    Task<PackedBytes> QueryAsync(string collection, PackedBytes query, CancellationToken cancellationToken);

    /// <summary>Answers several queries; each has its own answer or error.</summary>
    /// <param name="collection">Name of the collection.</param>
    /// <param name="queries">The queries, packed.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The answers in the order of the queries, packed.</returns>
    [Alias("QueryBatch")]
    [ResponseTimeout("00:01:10")]
    Task<PackedBytes> QueryBatchAsync(string collection, PackedBytes queries, CancellationToken cancellationToken);
}
