using System.Text.Json;
using Bigrain.Api.Problems;
using Bigrain.Api.Serialization;
using Bigrain.Client;
using Bigrain.Index.Blobs;
using Bigrain.Index.Errors;
using Microsoft.Extensions.Options;

namespace Bigrain.Cli.Tooling;

/// <summary>Turns every exception into an exit code and a problem, once.</summary>
internal static class Faults
{
    /// <summary>Describes an exception.</summary>
    public static (int ExitCode, ApiProblem Problem) Describe(Exception exception) => exception switch
    {
        ToolException e => (e.ExitCode, e.Problem),
        BigrainClientException e => (ExitCodeOf(e.Code), e.Problem),
        BigrainException e => (ExitCodeOf(TypeOf(e.Code)), Problem(TypeOf(e.Code), e.Message, e.Field, e.Retryable)),
        CorruptBlobException e => (ExitCode.DataCorrupt, Problem(ProblemTypes.DataCorrupt, e.Message)),
        BlobStoreException e => (ExitCode.Unavailable, Problem(ProblemTypes.Unavailable, e.Message, retryable: true)),
        OptionsValidationException e => (ExitCode.BadUsage, Problem(ProblemTypes.InvalidArgument, string.Join("; ", e.Failures))),
        OperationCanceledException => (ExitCode.Failed, Problem(ProblemTypes.Internal, "stopped before it was done")),
        IOException e => (ExitCode.Failed, Problem(ProblemTypes.Internal, e.Message)),
        UnauthorizedAccessException e => (ExitCode.Failed, Problem(ProblemTypes.Internal, e.Message)),
        _ => (ExitCode.Failed, Problem(ProblemTypes.Internal, $"unexpected {exception.GetType().Name}: {exception.Message}; please report it")),
    };

    /// <summary>Prints a problem where errors go.</summary>
    public static void Print(ToolContext context, bool asJson, ApiProblem problem)
    {
        if (asJson)
        {
            context.Error.WriteLine(JsonSerializer.Serialize(problem, ApiJson.Default.ApiProblem));
            return;
        }

        string field = problem.Field is null ? "" : $" [{problem.Field}]";
        context.Error.WriteLine($"error{field}: {problem.Detail ?? problem.Title}");
        if (problem.TraceId is not null)
        {
            context.Error.WriteLine($"trace: {problem.TraceId}");
        }
    }

    private static ApiProblem Problem(string type, string detail, string? field = null, bool retryable = false) =>
        new() { Type = type, Title = type[(type.LastIndexOf(':') + 1)..], Detail = detail, Field = field, Retryable = retryable };

    private static string TypeOf(ErrorCode code) => code switch
    {
        ErrorCode.InvalidArgument => ProblemTypes.InvalidArgument,
        ErrorCode.NotFound => ProblemTypes.NotFound,
        ErrorCode.Conflict => ProblemTypes.Conflict,
        ErrorCode.Unavailable => ProblemTypes.Unavailable,
        ErrorCode.Overloaded => ProblemTypes.Overloaded,
        ErrorCode.Fenced => ProblemTypes.Fenced,
        ErrorCode.DataCorrupt => ProblemTypes.DataCorrupt,
        ErrorCode.DeadlineExceeded => ProblemTypes.DeadlineExceeded,
        ErrorCode.TooLarge => ProblemTypes.TooLarge,
        _ => ProblemTypes.Internal,
    };

    private static int ExitCodeOf(string type) => type switch
    {
        ProblemTypes.InvalidArgument or ProblemTypes.TooLarge or ProblemTypes.Unauthenticated or ProblemTypes.Forbidden => ExitCode.BadUsage,
        ProblemTypes.NotFound => ExitCode.NotFound,
        ProblemTypes.Unavailable or ProblemTypes.Overloaded or ProblemTypes.DeadlineExceeded => ExitCode.Unavailable,
        ProblemTypes.DataCorrupt => ExitCode.DataCorrupt,
        _ => ExitCode.Failed,
    };
}
