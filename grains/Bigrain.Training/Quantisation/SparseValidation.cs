using Bigrain.Training.Data;
using Bigrain.Training.Numerics;

namespace Bigrain.Training.Quantisation;

/// <summary>Recall and reciprocal rank on the validation queries that have a relevant document.</summary>
internal static class SparseValidation
{
    /// <summary>Share of the relevant documents among the first <paramref name="depth"/>, averaged over the queries.</summary>
    public static double Recall(ScoredRows[] found, int[] queries, Judgements relevant, int depth)
    {
        var (sum, count) = (0.0, 0);
        for (var i = 0; i < queries.Length; i++)
        {
            var wanted = relevant.Of(queries[i]);
            if (wanted.Length > 0)
            {
                var hits = 0;
                foreach (var row in found[i].Rows.AsSpan(0, Math.Min(depth, found[i].Rows.Length)))
                {
                    hits += wanted.BinarySearch(row) >= 0 ? 1 : 0;
                }

                sum += (double)hits / wanted.Length;
                count++;
            }
        }

        return sum / Math.Max(1, count);
    }

    /// <summary>Mean of one over the rank of the first relevant document; 0 for a query where it is beyond the depth.</summary>
    public static double ReciprocalRank(ScoredRows[] found, int[] queries, Judgements relevant, int depth)
    {
        var (sum, count) = (0.0, 0);
        for (var i = 0; i < queries.Length; i++)
        {
            if (relevant.Of(queries[i]).Length == 0)
            {
                continue;
            }

            count++;
            for (var rank = 0; rank < Math.Min(depth, found[i].Rows.Length); rank++)
            {
                if (relevant.Contains(queries[i], found[i].Rows[rank]))
                {
                    sum += 1.0 / (rank + 1);
                    break;
                }
            }
        }

        return sum / Math.Max(1, count);
    }
}
