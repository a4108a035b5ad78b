using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Bigrain.Api;
using Bigrain.Api.Problems;
using Bigrain.Api.Queries;
using Bigrain.Api.Serialization;
using Bigrain.Index.Errors;
using Microsoft.AspNetCore.Http;

namespace Bigrain.Silo.Problems;

/// <summary>Writes errors as problem documents.</summary>
internal static class ProblemResponses
{
    private static readonly TimeSpan DefaultRetryAfter = TimeSpan.FromSeconds(1);

    /// <summary>Id of the request in logs and traces.</summary>
    public static string TraceIdOf(HttpContext context) =>
        Activity.Current?.TraceId.ToHexString() ?? context.TraceIdentifier;

    /// <summary>Writes the problem document of an error.</summary>
    public static Task WriteAsync(
        HttpContext context, BigrainException error, IReadOnlyList<int>? rows = null, QueryReply? partial = null)
    {
        if (error.Code is ErrorCode.Overloaded or ErrorCode.Unavailable)
        {
            // Whole seconds are all that the header can say.
            double seconds = Math.Ceiling((error.RetryAfter ?? DefaultRetryAfter).TotalSeconds);
            context.Response.Headers.RetryAfter = Math.Max(1, seconds).ToString(CultureInfo.InvariantCulture);
        }

        ApiProblem problem = ProblemMapping.ToProblem(error, TraceIdOf(context));
        problem.Rows = rows;
        problem.Partial = partial;
        return WriteAsync(context, problem);
    }

    /// <summary>Writes an answer that is below the coverage its query asked for.</summary>
    /// <param name="context">The request.</param>
    /// <param name="partial">What there is of the answer.</param>
    /// <param name="retryAfter">Wait that an overloaded silo asked for; null when none was overloaded.</param>
    public static Task WritePartialAsync(HttpContext context, QueryReply partial, TimeSpan? retryAfter)
    {
        var error = new BigrainException(
            retryAfter is null ? ErrorCode.Unavailable : ErrorCode.Overloaded,
            FormattableString.Invariant($"only {partial.PartitionsAnswered} of {partial.PartitionsAsked} partitions answered ({partial.Reason}): retry, or lower minCoverage"),
            "minCoverage")
        {
            RetryAfter = retryAfter,
        };
        return WriteAsync(context, error, rows: null, partial);
    }

    /// <summary>Writes a problem document.</summary>
    public static async Task WriteAsync(HttpContext context, ApiProblem problem)
    {
        context.Response.StatusCode = problem.Status;
        context.Response.ContentType = ApiMediaTypes.Problem;
        await JsonSerializer.SerializeAsync(context.Response.Body, problem, ApiJson.Default.ApiProblem, CancellationToken.None);
    }

    /// <summary>Gives a body to the bare statuses of routing: unknown path, wrong method, wrong content type.</summary>
    public static Task WriteBareStatusAsync(HttpContext context)
    {
        (string type, string detail) = context.Response.StatusCode switch
        {
            404 => (ProblemTypes.NotFound, $"no such path: {context.Request.Path}; /openapi/v1.json lists them"),
            405 => (ProblemTypes.InvalidArgument, $"{context.Request.Method} is not allowed on {context.Request.Path}"),
            415 => (ProblemTypes.InvalidArgument, "send the body with content-type application/json"),
            _ => (ProblemTypes.Internal, "the request failed"),
        };
        return WriteAsync(context, new ApiProblem
        {
            Type = type,
            Title = "the request cannot be served",
            Status = context.Response.StatusCode,
            Detail = detail,
            TraceId = TraceIdOf(context),
        });
    }
}
