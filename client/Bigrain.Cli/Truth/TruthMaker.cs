using System.Runtime.InteropServices;
using Bigrain.Cli.Files;
using Bigrain.Cli.Tooling;
using Bigrain.Index.Errors;
using Bigrain.Index.Exact;
using Bigrain.Index.Schema;

namespace Bigrain.Cli.Truth;

/// <summary>Streams a base file through an exact search.</summary>
internal static class TruthMaker
{
    private const int BlockBytes = 16 << 20;

    /// <summary>Finds the exact neighbours.</summary>
    /// <param name="basePath">Base vectors.</param>
    /// <param name="window">Which of them; ids stay those of the whole file.</param>
    /// <param name="queries">Queries.</param>
    /// <param name="metric">How vectors are compared.</param>
    /// <param name="k">Neighbours of each query.</param>
    /// <param name="progress">Told of rows read so far.</param>
    /// <param name="cancellationToken">Stops between blocks.</param>
    /// <returns>The table; narrower than <paramref name="k"/> only where the base has fewer rows.</returns>
    public static TruthTable Make(
        string basePath,
        RowWindow window,
        VectorMatrix queries,
        Metric metric,
        int k,
        IProgress<Share> progress,
        CancellationToken cancellationToken)
    {
        using RowSequence rows = new([basePath], window);
        using ExactSearch search = new(metric, queries.Values, queries.Dimension, k);
        int dimension = queries.Dimension;
        int blockRows = Math.Max(1, BlockBytes / (dimension * sizeof(float)));
        float[] block = new float[blockRows * dimension];
        long done = 0;
        long? total = rows.RowCount;
        int filled = 0;
        int firstRow = 0;
        while (rows.Read() is { } row)
        {
            if (row.Dimension != dimension)
            {
                throw new BigrainException(
                    ErrorCode.InvalidArgument,
                    $"{basePath}: row {row.Number} has {row.Dimension} elements, the queries have {dimension}",
                    "base");
            }

            if (row.Number > int.MaxValue)
            {
                throw new BigrainException(ErrorCode.InvalidArgument, $"{basePath}: has more than {int.MaxValue} rows; the truth file cannot number them", "base");
            }

            if (filled == 0)
            {
                firstRow = (int)row.Number;
            }

            row.Vector.CopyTo(MemoryMarshal.AsBytes(block.AsSpan(filled * dimension, dimension)));
            done++;
            if (++filled == blockRows)
            {
                cancellationToken.ThrowIfCancellationRequested();
                search.Add(block, firstRow);
                filled = 0;
                progress.Report(new Share(done, total));
            }
        }

        search.Add(block.AsMemory(0, filled * dimension), firstRow);
        progress.Report(new Share(done, total));
        return TruthTable.Of(search, metric);
    }
}
