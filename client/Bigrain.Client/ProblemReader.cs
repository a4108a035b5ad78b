using System.Net;
using System.Text.Json;
using Bigrain.Api.Problems;
using Bigrain.Api.Serialization;

namespace Bigrain.Client;

/// <summary>Reads refusals, also those of something that is no Bigrain server.</summary>
internal static class ProblemReader
{
    /// <summary>The problem in an answer.</summary>
    public static ApiProblem Read(HttpResponseMessage response, byte[] body)
    {
        int status = (int)response.StatusCode;
        try
        {
            if (JsonSerializer.Deserialize(body, ApiJson.Default.ApiProblem) is { Detail: not null } problem)
            {
                problem.Status = status;
                return problem;
            }
        }
        catch (JsonException)
        {
            // A proxy in between, or no Bigrain at all: the status alone has to do.
        }

        return new ApiProblem
        {
            Type = TypeOf(response.StatusCode),
            Title = response.ReasonPhrase,
            Status = status,
            Detail = $"{response.RequestMessage?.RequestUri} answered {status} {response.ReasonPhrase}",
            Retryable = RetryRules.IsRetryable(response.StatusCode),
        };
    }

    private static string TypeOf(HttpStatusCode status) => status switch
    {
        HttpStatusCode.BadRequest => ProblemTypes.InvalidArgument,
        HttpStatusCode.Unauthorized => ProblemTypes.Unauthenticated,
        HttpStatusCode.Forbidden => ProblemTypes.Forbidden,
        HttpStatusCode.NotFound => ProblemTypes.NotFound,
        HttpStatusCode.Conflict => ProblemTypes.Conflict,
        HttpStatusCode.RequestEntityTooLarge => ProblemTypes.TooLarge,
        HttpStatusCode.TooManyRequests => ProblemTypes.Overloaded,
        HttpStatusCode.ServiceUnavailable or HttpStatusCode.BadGateway => ProblemTypes.Unavailable,
        HttpStatusCode.GatewayTimeout => ProblemTypes.DeadlineExceeded,
        _ => ProblemTypes.Internal,
    };
}
