using Bigrain.Api.Serialization;

namespace Bigrain.Api.Queries;

/// <summary>What a single query and a batch have in common.</summary>
public abstract class QuerySettings
{
    /// <summary>Representation to search; null for the default one.</summary>
    public string? Using { get; set; }

    /// <summary>Hits to return, 1 to 10,000.</summary>
    public int K { get; set; } = 10;

    /// <summary>Only documents that the filter accepts.</summary>
    public RawJson? Filter { get; set; }

    /// <summary>Leaves to scan in each segment; 0 lets the server choose.</summary>
    public int Nprobe { get; set; }

    /// <summary>Candidates to verify over the whole cluster; 0 lets the server choose.</summary>
    public int Shortlist { get; set; }

    /// <summary><c>session</c> (default) or <c>strong</c>.</summary>
    public string? Consistency { get; set; }

    /// <summary>Token of the last write that must be seen.</summary>
    public string? Token { get; set; }

    /// <summary>Share of the partitions below which the answer is an error, 0 to 1.</summary>
    public double MinCoverage { get; set; } = 1.0;

    /// <summary>Deadline in milliseconds, 1 to 60,000.</summary>
    public int TimeoutMilliseconds { get; set; } = 2_000;

    /// <summary>Whether hits carry payloads.</summary>
    public bool IncludePayload { get; set; } = true;

    /// <summary>Whether the answer carries the time of each stage.</summary>
    public bool Explain { get; set; }
}
