using System.Text.Json;
using System.Text.Json.Serialization;

namespace Bigrain.Index.Jobs;

/// <summary>Content of a job's blob: all that is known of it. Never changes once it has ended.</summary>
/// <param name="Id">Its id, also the last part of the blob's name.</param>
/// <param name="Kind">What it does; <see cref="IJobKind.Name"/>.</param>
/// <param name="Collection">Collection it works on; null for one that works on the whole store.</param>
/// <param name="CreatedAt">When it was made.</param>
public sealed record JobRecord(string Id, string Kind, string? Collection, DateTimeOffset CreatedAt)
{
    /// <summary>Life of the collection it was made for; null when that does not matter to it.</summary>
    public string? Incarnation { get; init; }

    /// <summary>How far it is.</summary>
    public JobState State { get; init; } = JobState.Running;

    /// <summary>What it does now, a word of its kind; null before the first.</summary>
    public string? Stage { get; init; }

    /// <summary>Units done in this stage.</summary>
    public long Done { get; init; }

    /// <summary>Units to do in this stage; 0 when not known.</summary>
    public long Total { get; init; }

    /// <summary>What is counted (<c>partitions</c>, <c>documents</c>, <c>bytes</c>); null before it is known.</summary>
    public string? Unit { get; init; }

    /// <summary>Units per second, smoothed; null before it can be said.</summary>
    public double? RatePerSecond { get; init; }

    /// <summary>When the record was last written.</summary>
    public DateTimeOffset UpdatedAt { get; init; } = CreatedAt;

    /// <summary>When it ended; null while it has not.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Whether somebody wants it to stop.</summary>
    public bool CancelRequested { get; init; }

    /// <summary>Whether its work took effect, so that it can only be finished, neither cancelled nor undone.</summary>
    public bool IsCommitted { get; init; }

    /// <summary>Why it failed, or is about to; null otherwise.</summary>
    public JobFailure? Error { get; init; }

    /// <summary>What it waits out now, trying again; null when it gets on.</summary>
    public JobFailure? Trouble { get; init; }

    /// <summary>Who runs it; null before the first run.</summary>
    public JobRunner? Runner { get; init; }

    /// <summary>Request and progress, in the form of its kind.</summary>
    public JsonElement? Body { get; init; }

    /// <summary>What came out, in the form of its kind; null when there is nothing to say.</summary>
    public JsonElement? Result { get; init; }

    /// <summary>Digest of the request that made it, <see cref="JobKeys.DigestOf"/>; null where that had no key.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Request { get; init; }

    /// <summary>Whether it has ended.</summary>
    [JsonIgnore]
    public bool HasEnded => State != JobState.Running;

    /// <summary>Whether it is to be undone rather than done.</summary>
    [JsonIgnore]
    public bool IsGivenUp => !HasEnded && !IsCommitted && (CancelRequested || Error is not null);

    /// <summary>Time until this stage is done at the present rate; null when it cannot be said.</summary>
    [JsonIgnore]
    public TimeSpan? Remaining =>
        !HasEnded && Total > 0 && RatePerSecond is > 0 and var rate
            ? TimeSpan.FromSeconds(Math.Min(Math.Max(0, Total - Done) / rate, TimeSpan.FromDays(3_650).TotalSeconds))
            : null;
}
