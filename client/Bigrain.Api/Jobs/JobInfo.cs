using Bigrain.Api.Problems;
using Bigrain.Api.Serialization;

namespace Bigrain.Api.Jobs;

/// <summary>A piece of work that outlives its request; answer of <c>GET /v1/jobs/{id}</c> and of every 202.</summary>
public sealed class JobInfo
{
    /// <summary>Id.</summary>
    public string Id { get; set; } = "";

    /// <summary>What it does: <c>compact</c>, <c>reindex</c>, <c>warm</c>, <c>backup</c> and so on.</summary>
    public string Kind { get; set; } = "";

    /// <summary>What it does within its kind: <c>build</c>, <c>verify</c>, <c>publish</c>, <c>rollback</c> or <c>discard</c> for a
    /// <c>reindex</c>; null for kinds that do one thing only.</summary>
    public string? Action { get; set; }

    /// <summary>Collection it works on; null for one that works on the whole store.</summary>
    public string? Collection { get; set; }

    /// <summary>One of <see cref="JobStates"/>.</summary>
    public string State { get; set; } = JobStates.Running;

    /// <summary>Share done, 0 to 1.</summary>
    public double Progress { get; set; }

    /// <summary>What it does now, or did last; as <see cref="Stage"/>.</summary>
    public string? Phase { get; set; }

    /// <summary>What it does now, or did last: a word of its kind.</summary>
    public string? Stage { get; set; }

    /// <summary>Units done in this stage.</summary>
    public long Done { get; set; }

    /// <summary>Units to do in this stage; 0 when not known.</summary>
    public long Total { get; set; }

    /// <summary>What is counted.</summary>
    public string? Unit { get; set; }

    /// <summary>Units per second, smoothed; null before it can be said.</summary>
    public double? RatePerSecond { get; set; }

    /// <summary>Seconds until this stage is done at the present rate; null when it cannot be said.</summary>
    public double? RemainingSeconds { get; set; }

    /// <summary>When it was made.</summary>
    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>When its state was last written.</summary>
    public DateTimeOffset UpdatedAt { get; set; }

    /// <summary>When it ended; null while it has not.</summary>
    public DateTimeOffset? EndedAt { get; set; }

    /// <summary>Whether somebody asked for its end.</summary>
    public bool CancelRequested { get; set; }

    /// <summary>Silo that runs it, or ran it last.</summary>
    public string? Silo { get; set; }

    /// <summary>How often it was taken over.</summary>
    public int Attempt { get; set; }

    /// <summary>What it waits out now, trying again; null when it gets on.</summary>
    public string? Trouble { get; set; }

    /// <summary>What came out, in the form of its kind; null when there is nothing to say.</summary>
    public RawJson? Result { get; set; }

    /// <summary>Why it failed; null otherwise.</summary>
    public ApiProblem? Error { get; set; }
}
