namespace Bigrain.Cli.Reports;

/// <summary>How well and how fast queries were answered.</summary>
internal sealed record EvalReport
{
    /// <summary>Queries asked.</summary>
    public required int Queries { get; init; }

    /// <summary>Queries whose right answers are known: those that recall, nDCG and MRR are means of.</summary>
    public required int Judged { get; init; }

    /// <summary>Hits asked for.</summary>
    public required int K { get; init; }

    /// <summary>Share of the true k closest that was found, ties of the k-th counted as found; with judgements, of the relevant documents.</summary>
    public required double? RecallAtK { get; init; }

    /// <summary>Normalised discounted cumulative gain of the k hits; every true neighbour gains 1, a relevant document its grade.</summary>
    public required double? NdcgAtK { get; init; }

    /// <summary>Mean reciprocal rank of the first relevant hit among the first ten; null without judgements.</summary>
    public double? Mrr { get; init; }

    /// <summary>Queries a second of wall time.</summary>
    public required double Qps { get; init; }

    /// <summary>Median latency as the client saw it; of a whole batch when queries were sent in batches.</summary>
    public required double P50Milliseconds { get; init; }

    /// <summary>95th percentile.</summary>
    public required double P95Milliseconds { get; init; }

    /// <summary>99th percentile.</summary>
    public required double P99Milliseconds { get; init; }

    /// <summary>Dense records verified, mean of a query.</summary>
    public required double RecordsVerified { get; init; }

    /// <summary>Coarse codes scanned, mean of a query.</summary>
    public required double CodesScanned { get; init; }

    /// <summary>Rows scored exactly without a code, mean of a query.</summary>
    public required double ExactScanned { get; init; }

    /// <summary>Bytes read, mean of a query.</summary>
    public required double BytesRead { get; init; }

    /// <summary>Answers that were not complete.</summary>
    public required int Incomplete { get; init; }

    /// <summary>Queries of one request.</summary>
    public required int Batch { get; init; }

    /// <summary>Requests under way at once.</summary>
    public required int Concurrency { get; init; }
}
