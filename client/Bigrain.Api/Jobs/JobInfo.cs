using Bigrain.Api.Problems;

namespace Bigrain.Api.Jobs;

/// <summary>A piece of work that outlives its request; answer of <c>GET /v1/jobs/{id}</c> and of every 202.</summary>
public sealed class JobInfo
{
    /// <summary>Id.</summary>
    public string Id { get; set; } = "";

    /// <summary><c>compact</c>, <c>reindex</c>, <c>warm</c> or <c>backup</c>.</summary>
    public string Kind { get; set; } = "";

    /// <summary>Collection it works on.</summary>
    public string? Collection { get; set; }

    /// <summary>One of <see cref="JobStates"/>.</summary>
    public string State { get; set; } = JobStates.Running;

    /// <summary>Share done, 0 to 1.</summary>
    public double Progress { get; set; }

    /// <summary>What it does now, or did last.</summary>
    public string? Phase { get; set; }

    /// <summary>Why it failed; null otherwise.</summary>
    public ApiProblem? Error { get; set; }
}
