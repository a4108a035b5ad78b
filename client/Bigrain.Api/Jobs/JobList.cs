namespace Bigrain.Api.Jobs;

/// <summary>Answer of <c>GET /v1/jobs</c>.</summary>
public sealed class JobList
{
    /// <summary>The jobs, newest first.</summary>
    public IReadOnlyList<JobInfo> Jobs { get; set; } = [];
}
