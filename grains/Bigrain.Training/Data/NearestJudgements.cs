using Bigrain.Training.Numerics;

namespace Bigrain.Training.Data;

/// <summary>Judgements without people: relevant are the exact nearest documents of the vectors as they are.</summary>
/// <remarks>What such a set measures is how well codes keep the order of the full vectors, never relevance: no training can do better on
/// it than the vectors that made the judgements.</remarks>
public static class NearestJudgements
{
    private const int Block = 64;

    /// <summary>Finds the nearest documents of every query.</summary>
    /// <param name="queries">Queries; shape <c>[q, d]</c>.</param>
    /// <param name="documents">Documents; shape <c>[n, d]</c>.</param>
    /// <param name="count">How many are relevant to a query; ties go to the smaller row.</param>
    public static Judgements Of(Matrix queries, Matrix documents, int count)
    {
        ArgumentNullException.ThrowIfNull(queries);
        ArgumentNullException.ThrowIfNull(documents);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, documents.Rows);
        int[][] relevant = new int[queries.Rows][];
        for (int first = 0; first < queries.Rows; first += Block)
        {
            int rows = Math.Min(Block, queries.Rows - first);
            var block = new Matrix(queries.RowRange(first, rows).ToArray(), rows, queries.Columns);
            Matrix scores = MatrixProduct.MultiplyTransposed(block, documents);
            Parallel.For(0, rows, row => relevant[first + row] = Largest(scores.Row(row), count));
        }

        return new Judgements(relevant);
    }

    private static int[] Largest(ReadOnlySpan<float> scores, int count)
    {
        float[] keys = new float[scores.Length];
        int[] rows = new int[scores.Length];
        for (int i = 0; i < rows.Length; i++)
        {
            (keys[i], rows[i]) = (-scores[i], i);
        }

        Array.Sort(keys, rows);
        int end = count;
        while (end < keys.Length && keys[end] == keys[count - 1])
        {
            end++;
        }

        // Sorting is not stable: among equal scores the smaller rows are wanted.
        int begin = Array.IndexOf(keys, keys[count - 1]);
        Array.Sort(rows, begin, end - begin);
        return rows[..count];
    }
}
