using System.Net;
using Microsoft.Extensions.Http.Resilience;
using Polly;
using Polly.Retry;

namespace Bigrain.Client;

/// <summary>Which answers are worth another try, and when.</summary>
/// <remarks>Every call may be sent twice: reads change nothing, writes carry a batch id, and creating or dropping a collection
/// is the same done twice.</remarks>
internal static class RetryRules
{
    /// <summary>Whether the server says: later. An error within the server (500) or a deadline (504) comes back the same.</summary>
    public static bool IsRetryable(HttpStatusCode status) =>
        status is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable or HttpStatusCode.BadGateway;

    /// <summary>Whether another endpoint should be asked.</summary>
    public static bool IsDown(HttpStatusCode status) => status is HttpStatusCode.ServiceUnavailable or HttpStatusCode.BadGateway;

    /// <summary>Builds the pipeline: exponential waits with jitter, Retry-After respected; the caller's token is the deadline.</summary>
    public static ResiliencePipeline<HttpResponseMessage> Build(BigrainClientOptions options)
    {
        ResiliencePipelineBuilder<HttpResponseMessage> builder = new() { TimeProvider = options.Clock };
        if (options.MaxRetries > 0)
        {
            builder.AddRetry(new HttpRetryStrategyOptions
            {
                MaxRetryAttempts = options.MaxRetries,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = TimeSpan.FromMilliseconds(50),
                MaxDelay = TimeSpan.FromSeconds(5),
                ShouldRetryAfterHeader = true,
                ShouldHandle = Handle,
            });
        }

        return builder.Build();
    }

    private static ValueTask<bool> Handle(RetryPredicateArguments<HttpResponseMessage> attempt) =>
        ValueTask.FromResult(attempt.Outcome switch
        {
            { Exception: HttpRequestException } => true,
            { Result: { } response } => IsRetryable(response.StatusCode),
            _ => false,
        });
}
