using Bigrain.Api.Problems;
using Bigrain.Index.Errors;

namespace Bigrain.Silo.Problems;

/// <summary>The one table from an error's remedy to status, type and title.</summary>
internal static class ProblemMapping
{
    /// <summary>Status, type and title of an error code.</summary>
    public static (int Status, string Type, string Title) Of(ErrorCode code) => code switch
    {
        ErrorCode.InvalidArgument => (400, ProblemTypes.InvalidArgument, "the request is not valid"),
        ErrorCode.NotFound => (404, ProblemTypes.NotFound, "there is no such thing"),
        ErrorCode.Conflict => (409, ProblemTypes.Conflict, "somebody else changed it first"),
        ErrorCode.Fenced => (409, ProblemTypes.Fenced, "a newer owner exists"),
        ErrorCode.TooLarge => (413, ProblemTypes.TooLarge, "the request is too large"),
        ErrorCode.Overloaded => (429, ProblemTypes.Overloaded, "the server is busy"),
        ErrorCode.Unavailable => (503, ProblemTypes.Unavailable, "a needed part does not answer now"),
        ErrorCode.DeadlineExceeded => (504, ProblemTypes.DeadlineExceeded, "the deadline passed"),
        ErrorCode.DataCorrupt => (500, ProblemTypes.DataCorrupt, "stored bytes are damaged"),
        _ => (500, ProblemTypes.Internal, "an error in the server"),
    };

    /// <summary>The problem document of an error.</summary>
    /// <param name="error">The error.</param>
    /// <param name="traceId">Id of the request in logs and traces.</param>
    public static ApiProblem ToProblem(BigrainException error, string traceId)
    {
        (int status, string type, string title) = Of(error.Code);
        return new ApiProblem
        {
            Type = type,
            Title = title,
            Status = status,
            Detail = error.Message,
            Field = error.Field,
            Retryable = error.Retryable,
            TraceId = traceId,
        };
    }
}
