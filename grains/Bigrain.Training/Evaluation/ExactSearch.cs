using Bigrain.Kernels.Matrix;
using Bigrain.Training.Numerics;

namespace Bigrain.Training.Evaluation;

/// <summary>The best documents of each query by inner product, over all documents: what every index is held against.</summary>
/// <remarks>Holds a second copy of the documents while it runs, and one line of scores for each of
/// <see cref="BlockQueries"/> queries and thread. Threads change the time, not the answer.</remarks>
public static class ExactSearch
{
    private const int BlockQueries = 16;

    /// <summary>Searches.</summary>
    /// <param name="queries">Queries; unit length for cosine.</param>
    /// <param name="documents">Documents of the same dimension.</param>
    /// <param name="count">How many documents for each query.</param>
    /// <param name="cancellation">Ends the search early.</param>
    /// <returns>Document rows for each query, best first; equal scores by row.</returns>
    /// <exception cref="ArgumentException">The dimensions differ.</exception>
    public static int[][] Search(
        Matrix queries, Matrix documents, int count, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(queries);
        ArgumentNullException.ThrowIfNull(documents);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        if (queries.Columns != documents.Columns)
        {
            throw new ArgumentException($"queries of {queries.Columns} dimensions, documents of {documents.Columns}");
        }

        using var packed = new PackedMatrix(documents.Values, documents.Rows, documents.Columns);
        var rankings = new int[queries.Rows][];
        FixedChunks.Run(queries.Rows, BlockQueries, MatrixProduct.DefaultThreads, (first, rows) =>
        {
            var scores = new float[rows * documents.Rows];
            packed.InnerProducts(queries.RowRange(first, rows), scores);
            var best = new TopScores(Math.Min(count, Math.Max(1, documents.Rows)));
            for (var row = 0; row < rows; row++)
            {
                best.AddRange(scores.AsSpan(row * documents.Rows, documents.Rows), 0);
                rankings[first + row] = best.Take().Rows;
            }
        }, cancellation);
        return rankings;
    }
}
