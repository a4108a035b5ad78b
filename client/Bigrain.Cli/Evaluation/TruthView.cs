using Bigrain.Cli.Truth;
using Bigrain.Index.Errors;

namespace Bigrain.Cli.Evaluation;

/// <summary>The true neighbours of the queries that are asked.</summary>
internal sealed class TruthView
{
    /// <summary>Relative room for rounding when a hit's score is compared with the k-th true distance.</summary>
    private const double TieTolerance = 1e-6;

    private readonly TruthTable _table;
    private readonly int _firstQuery;
    private readonly int _k;

    private TruthView(TruthTable table, int firstQuery, int k)
    {
        _table = table;
        _firstQuery = firstQuery;
        _k = k;
    }

    /// <summary>Lines queries up with the table.</summary>
    /// <param name="table">Exact neighbours.</param>
    /// <param name="queryCount">Queries asked.</param>
    /// <param name="skip">Rows of the query file that were passed over.</param>
    /// <param name="k">Hits of each query.</param>
    /// <remarks>A table of exactly the queries asked belongs to them; a longer one belongs to the whole query file.</remarks>
    /// <exception cref="BigrainException">The table is too short or too narrow.</exception>
    public static TruthView Of(TruthTable table, int queryCount, long skip, int k)
    {
        if (table.K < k)
        {
            throw new BigrainException(
                ErrorCode.InvalidArgument, $"the truth holds {table.K} neighbours of each query, but k is {k}; make it again with -k {k}", "truth");
        }

        if (table.QueryCount == queryCount)
        {
            return new TruthView(table, 0, k);
        }

        return table.QueryCount >= skip + queryCount
            ? new TruthView(table, (int)skip, k)
            : throw new BigrainException(
                ErrorCode.InvalidArgument,
                $"the truth holds {table.QueryCount} queries, but rows {skip} to {skip + queryCount - 1} are asked; choose them with --skip and --take",
                "truth");
    }

    /// <summary>Judges hits.</summary>
    /// <param name="query">Query, from 0.</param>
    /// <param name="ids">Row numbers of the hits, in their order; -1 for an id that is no number.</param>
    /// <param name="scores">Their scores in the measure of the table.</param>
    /// <param name="isHit">Receives whether each hit is among the true k, or ties with the last of them.</param>
    public void Judge(int query, ReadOnlySpan<int> ids, ReadOnlySpan<double> scores, Span<bool> isHit)
    {
        int row = (_firstQuery + query) * _table.K;
        ReadOnlySpan<int> trueIds = _table.Ids.AsSpan(row, _table.K);
        ReadOnlySpan<float> distances = _table.Distances.AsSpan(row, _table.K);
        double last = distances[_k - 1];
        for (int i = 0; i < ids.Length; i++)
        {
            int rank = trueIds.IndexOf(ids[i]);
            isHit[i] = ids[i] >= 0 && !ids[..i].Contains(ids[i]) && (rank >= 0
                ? rank < _k || distances[rank] == distances[_k - 1]
                : Math.Abs(scores[i] - last) <= TieTolerance * Math.Abs(last));
        }
    }
}
