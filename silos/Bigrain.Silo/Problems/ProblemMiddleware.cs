using System.Text.Json;
using Bigrain.Api.Problems;
using Bigrain.Grains.Faults;
using Bigrain.Index.Errors;
using Bigrain.Index.Schema;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Bigrain.Silo.Problems;

/// <summary>Turns whatever a handler throws into a problem document; no stack trace leaves the server.</summary>
internal sealed partial class ProblemMiddleware(RequestDelegate next, ILogger<ProblemMiddleware> logger)
{
    private const int ClientClosedRequest = 499;

    /// <summary>Runs the rest of the pipeline.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to read an answer.
            context.Response.StatusCode = ClientClosedRequest;
        }
#pragma warning disable CA1031 // the boundary: every error becomes a typed reply
        catch (Exception error)
#pragma warning restore CA1031
        {
            BigrainException known = Translate(error);
            if (known.Code is ErrorCode.Internal or ErrorCode.DataCorrupt)
            {
                LogFailed(logger, error, context.Request.Method, context.Request.Path, ProblemResponses.TraceIdOf(context));
            }

            if (context.Response.HasStarted)
            {
                // The status is out: cutting the connection is the only honest sign left.
                context.Abort();
                return;
            }

            context.Response.Clear();
            await ProblemResponses.WriteAsync(context, known, error is RowsFailedException failed ? failed.Rows : null);
        }
    }

    /// <summary>The problem document of an error that has a place in a larger reply.</summary>
    public static ApiProblem Describe(HttpContext context, Exception error)
    {
        ApiProblem problem = ProblemMapping.ToProblem(Translate(error), ProblemResponses.TraceIdOf(context));
        problem.Rows = (error as RowsFailedException)?.Rows;
        return problem;
    }

    private static BigrainException Translate(Exception error) => error switch
    {
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => new(
            ErrorCode.TooLarge, $"the body is over {Limits.MaxBodyBytes} bytes: split it into several requests", "body"),
        BadHttpRequestException bad => new(ErrorCode.InvalidArgument, $"the body cannot be read: {bad.Message}", "body"),
        RowsFailedException failed => failed.Cause,
        JsonException json => new(ErrorCode.InvalidArgument, JsonFaults.Describe(json), JsonFaults.FieldOf(json)),
        OperationCanceledException => new(ErrorCode.DeadlineExceeded, "the deadline passed: allow more time or ask for less", "timeoutMilliseconds"),
        _ => FaultTranslation.FromFault(error),
    };
}
