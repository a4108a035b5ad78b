using System.Text;
using System.Text.Json;
using Bigrain.Api.Jobs;
using Bigrain.Api.Serialization;
using Bigrain.Index.Jobs;
using Bigrain.Index.Reindexing;
using Bigrain.Silo.Problems;
using Microsoft.AspNetCore.Http;

namespace Bigrain.Silo.Http;

/// <summary>Jobs as the API shows them.</summary>
internal static class JobReplies
{
    /// <summary>Answers with 202, the job and where to ask for it.</summary>
    public static Task WriteAcceptedAsync(HttpContext context, JobRecord job)
    {
        context.Response.Headers.Location = $"/v1/jobs/{job.Id}";
        return ApiReplies.WriteAsync(context, StatusCodes.Status202Accepted, Of(job), ApiJson.Default.JobInfo);
    }

    /// <summary>A job as the API shows it.</summary>
    public static JobInfo Of(JobRecord job) => new()
    {
        Id = job.Id,
        Kind = job.Kind,
        Action = ActionOf(job),
        Collection = job.Collection,
        State = StateOf(job),
        Progress = ProgressOf(job),
        Phase = job.Stage,
        Stage = job.Stage,
        Done = job.Done,
        Total = job.Total,
        Unit = job.Unit,
        RatePerSecond = job.RatePerSecond,
        RemainingSeconds = job.Remaining?.TotalSeconds,
        CreatedAt = job.CreatedAt,
        UpdatedAt = job.UpdatedAt,
        EndedAt = job.EndedAt,
        CancelRequested = job.CancelRequested,
        Silo = job.Runner?.Silo,
        Attempt = job.Runner?.Attempt ?? 0,
        Trouble = job.Trouble?.Message,
        Error = job.Error is { } error ? ProblemMapping.ToProblem(error.ToException(), job.Id) : null,
        Result = job.Result is { } result ? new RawJson(Encoding.UTF8.GetBytes(result.GetRawText())) : null,
    };

    private static string? ActionOf(JobRecord job) =>
        job.Kind == ReindexKind.KindName
        && job.Body is { ValueKind: JsonValueKind.Object } body
        && body.TryGetProperty("request", out JsonElement request)
        && request.ValueKind == JsonValueKind.Object
        && request.TryGetProperty("action", out JsonElement action)
            ? action.GetString()
            : null;

    private static string StateOf(JobRecord job) => job.State switch
    {
        JobState.Succeeded => JobStates.Succeeded,
        JobState.Failed => JobStates.Failed,
        JobState.Cancelled => JobStates.Cancelled,
        _ => JobStates.Running,
    };

    private static double ProgressOf(JobRecord job) =>
        job.State == JobState.Succeeded ? 1
        : job.Total > 0 ? Math.Clamp((double)job.Done / job.Total, 0, 1)
        : 0;
}
