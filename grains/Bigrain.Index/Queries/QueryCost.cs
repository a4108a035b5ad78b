namespace Bigrain.Index.Queries;

/// <summary>What a query cost, summed over silos; tests assert on it, because it proves that pruning works.</summary>
/// <param name="LeavesProbed">Leaves whose codes were scanned.</param>
/// <param name="CodesScanned">Codes scanned.</param>
/// <param name="ExactScanned">Rows of tails and of flat segments scored exactly in the coarse pass.</param>
/// <param name="RecordsVerified">Records scored exactly.</param>
/// <param name="BytesRead">Bytes of dense records and payload pages read.</param>
/// <param name="ReadCount">Ranged reads.</param>
public readonly record struct QueryCost(long LeavesProbed, long CodesScanned, long ExactScanned, long RecordsVerified, long BytesRead, long ReadCount)
{
    /// <summary>Adds two costs.</summary>
    public static QueryCost operator +(QueryCost a, QueryCost b) => Add(a, b);

    /// <summary>Adds two costs.</summary>
    public static QueryCost Add(QueryCost a, QueryCost b) => new(
        a.LeavesProbed + b.LeavesProbed,
        a.CodesScanned + b.CodesScanned,
        a.ExactScanned + b.ExactScanned,
        a.RecordsVerified + b.RecordsVerified,
        a.BytesRead + b.BytesRead,
        a.ReadCount + b.ReadCount);
}
