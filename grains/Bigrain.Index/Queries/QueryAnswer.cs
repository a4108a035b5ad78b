using System.Collections.Immutable;

namespace Bigrain.Index.Queries;

/// <summary>An answer with its coverage: a degraded one never looks complete.</summary>
public sealed record QueryAnswer
{
    /// <summary>Hits, closest first; ties in ordinal order of their ids.</summary>
    public required ImmutableArray<QueryHit> Hits { get; init; }

    /// <summary>Partitions asked.</summary>
    public required int PartitionsAsked { get; init; }

    /// <summary>Partitions that did not answer whole, with the reason.</summary>
    public required ImmutableArray<MissingPartition> Missing { get; init; }

    /// <summary>How many hits have exact scores.</summary>
    public required VerificationState Verified { get; init; }

    /// <summary>Generation that answered.</summary>
    public required int Generation { get; init; }

    /// <summary>What it cost.</summary>
    public required QueryCost Cost { get; init; }

    /// <summary>Time of each stage in order.</summary>
    public required ImmutableArray<QueryStage> Stages { get; init; }

    /// <summary>How long to wait before asking again, where a silo was overloaded; null where none was.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Partitions that were searched and lost before they were verified, after their candidates had pushed others out.</summary>
    internal ImmutableArray<int> CutForLost { get; init; } = [];

    /// <summary>Partitions that answered whole.</summary>
    public int PartitionsAnswered => PartitionsAsked - Missing.Length;

    /// <summary>Whether nothing is missing: every partition answered, every hit is verified, every payload was read.</summary>
    public bool Complete => Reason is null;

    /// <summary>Why the answer is not complete; null when it is.</summary>
    public string? Reason
    {
        get
        {
            foreach (MissingPartition missing in Missing)
            {
                return missing.Reason;
            }

            if (Verified != VerificationState.All)
            {
                return "unverified";
            }

            return Hits.Any(hit => hit.PayloadMissing) ? "payload" : null;
        }
    }
}
