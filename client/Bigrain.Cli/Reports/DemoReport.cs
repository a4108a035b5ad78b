namespace Bigrain.Cli.Reports;

/// <summary>What the demo measured. Counts of work are means of a query.</summary>
internal sealed record DemoReport
{
    /// <summary>Documents in the collection.</summary>
    public required long Documents { get; init; }

    /// <summary>Elements of a vector.</summary>
    public required int Dimension { get; init; }

    /// <summary>Queries asked.</summary>
    public required int Queries { get; init; }

    /// <summary>Share of the true 10 closest that was found.</summary>
    public required double RecallAt10 { get; init; }

    /// <summary>Hits whose score is not their exact distance; anything but 0 is a defect.</summary>
    public required int WrongScores { get; init; }

    /// <summary>Answers that were not complete.</summary>
    public required int IncompleteAnswers { get; init; }

    /// <summary>Median latency over HTTP, one query at a time.</summary>
    public required double P50Milliseconds { get; init; }

    /// <summary>99th percentile.</summary>
    public required double P99Milliseconds { get; init; }

    /// <summary>Queries a second, one at a time.</summary>
    public required double Qps { get; init; }

    /// <summary>Codec that the segments chose.</summary>
    public required string? Codec { get; init; }

    /// <summary>Bytes of memory that a vector's code takes, factors, centroids and padding included.</summary>
    public required double? CoarseBytesPerVector { get; init; }

    /// <summary>Codes scanned.</summary>
    public required double CodesScanned { get; init; }

    /// <summary>Records verified.</summary>
    public required double RecordsVerified { get; init; }

    /// <summary>Documents imported a second, until acknowledged.</summary>
    public required double ImportDocumentsPerSecond { get; init; }

    /// <summary>Time of the compaction after it.</summary>
    public required double CompactSeconds { get; init; }
}
