using System.Net;
using System.Security.Cryptography;
using Polly;
using Polly.Hedging;
using Polly.Retry;

namespace Bigrain.Client;

/// <summary>Which answers are worth another try, and when.</summary>
/// <remarks>Every call may be sent twice: reads change nothing, writes carry a batch id, what makes a job a key, and creating or
/// dropping a collection is the same done twice.</remarks>
internal static class RetryRules
{
    private const int MaxDoublings = 6;
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(50);

    /// <summary>Whether the server says: later. An error within the server (500) comes back the same.</summary>
    public static bool IsRetryable(HttpStatusCode status) =>
        status is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable or HttpStatusCode.BadGateway;

    /// <summary>Whether another endpoint should be asked for a while; one that gave a part of an answer serves.</summary>
    public static bool IsDown(ApiAnswer answer) =>
        answer.Status is HttpStatusCode.ServiceUnavailable or HttpStatusCode.BadGateway && answer.Problem?.Partial is null;

    /// <summary>Builds the pipeline; the caller's token is the deadline.</summary>
    /// <param name="options">Settings.</param>
    /// <param name="budget">Pays for retries that servers under stress are sent.</param>
    /// <param name="hedged">Whether a late server is raced by another.</param>
    public static ResiliencePipeline<ApiAnswer> Build(BigrainClientOptions options, RetryBudget budget, bool hedged)
    {
        ResiliencePipelineBuilder<ApiAnswer> builder = new() { TimeProvider = options.Clock };
        if (options.MaxRetries > 0)
        {
            builder.AddRetry(new RetryStrategyOptions<ApiAnswer>
            {
                MaxRetryAttempts = options.MaxRetries,
                ShouldHandle = attempt => ValueTask.FromResult(IsWorthAnotherTry(attempt.Outcome, StateOf(attempt.Context), budget)),
                DelayGenerator = static attempt => ValueTask.FromResult<TimeSpan?>(
                    WaitBefore(attempt.AttemptNumber, attempt.Outcome, StateOf(attempt.Context))),
            });
        }

        if (hedged)
        {
            builder.AddHedging(new HedgingStrategyOptions<ApiAnswer>
            {
                MaxHedgedAttempts = 1,
                DelayGenerator = static race => ValueTask.FromResult(StateOf(race.Context).LateAfter),

                // Any answer counts, a refusal too: that is the retry's business.
                ShouldHandle = static attempt => ValueTask.FromResult(attempt.Outcome.Exception is HttpRequestException or TimeoutException),
            });
        }

        return builder.Build();
    }

    private static CallState StateOf(ResilienceContext context) => context.Properties.GetValue(CallState.Key, null!);

    private static bool IsWorthAnotherTry(Outcome<ApiAnswer> outcome, CallState state, RetryBudget budget) => outcome switch
    {
        // No server worked on it.
        { Exception: HttpRequestException } => true,
        { Exception: TimeoutException } => budget.TryTake(),
        // A writer that waits as long as it was told adds no load, and an import must outlast many such waits.
        { Result: { Status: HttpStatusCode.TooManyRequests } busy } =>
            (busy.RetryAfter ?? TimeSpan.Zero) < state.Left && (!state.IsRead || budget.TryTake()),

        // Once: what is too much for one server in its time is too much for the next.
        { Result: { Status: HttpStatusCode.GatewayTimeout, Problem.Retryable: true } } => state.ServerTimeouts <= 1 && budget.TryTake(),
        { Result: { } answer } => IsRetryable(answer.Status) && budget.TryTake(),
        _ => false,
    };

    /// <summary>Nothing while there is a server that has not failed; else a random part of a time that doubles.</summary>
    private static TimeSpan WaitBefore(int attempt, Outcome<ApiAnswer> outcome, CallState state)
    {
        if (outcome.Exception is not null && state.HasFreshEndpoint)
        {
            return TimeSpan.Zero;
        }

        TimeSpan most = FirstWait * (1 << Math.Min(attempt, MaxDoublings));
        TimeSpan wait = most * (RandomNumberGenerator.GetInt32(1, 1_001) / 1_000.0);
        return outcome.Result is { Status: HttpStatusCode.TooManyRequests, RetryAfter: { } asked } ? asked + wait : wait;
    }
}
