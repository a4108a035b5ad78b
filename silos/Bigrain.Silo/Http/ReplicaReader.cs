using Bigrain.Grains.Faults;
using Bigrain.Index.Queries;
using Polly;
using Polly.Hedging;
using Polly.Retry;

namespace Bigrain.Silo.Http;

/// <summary>Reads from one of several replicas: the next one at once when one refuses, and beside it when one is late.</summary>
internal sealed class ReplicaReader
{
    // A read by id that takes longer waits for the blob store, or for nobody.
    private static readonly TimeSpan LateAfter = TimeSpan.FromMilliseconds(150);
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(250);

    private readonly QueryParts _parts;
    private readonly ResiliencePipeline<byte[]> _one;
    private readonly ResiliencePipeline<byte[]> _several;

    /// <summary>Makes a reader.</summary>
    public ReplicaReader(QueryParts parts)
    {
        _parts = parts;
        _one = WithRetry().Build();
        _several = WithRetry()
            .AddHedging(new HedgingStrategyOptions<byte[]>
            {
                MaxHedgedAttempts = 1,
                Delay = LateAfter,
                ShouldHandle = static attempt => ValueTask.FromResult(IsWorthAnotherTry(attempt.Outcome.Exception)),
            })
            .Build();

        ResiliencePipelineBuilder<byte[]> WithRetry() => new ResiliencePipelineBuilder<byte[]> { TimeProvider = parts.Time }
            .AddRetry(new RetryStrategyOptions<byte[]>
            {
                MaxRetryAttempts = int.MaxValue,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = FirstWait,
                MaxDelay = LongestWait,
                ShouldHandle = static attempt => ValueTask.FromResult(IsWorthAnotherTry(attempt.Outcome.Exception)),
            });
    }

    /// <summary>Reads.</summary>
    /// <param name="replicaCount">Replicas there are.</param>
    /// <param name="read">Reads from one by its number.</param>
    /// <param name="deadline">Ends everything.</param>
    public async Task<byte[]> ReadAsync(int replicaCount, Func<int, CancellationToken, Task<byte[]>> read, CancellationToken deadline)
    {
        var race = new Race(replicaCount, read, _parts.Hedges);
        try
        {
            return await (replicaCount > 1 ? _several : _one).ExecuteAsync(
                static (race, token) => race.ReadAsync(token), race, deadline);
        }
        catch (OperationCanceledException) when (race.LastFailure is not null)
        {
            // Why it took until the deadline says more than that it did.
            throw FaultTranslation.FromFault(race.LastFailure);
        }
    }

    private static bool IsWorthAnotherTry(Exception? error) => error is not (null or OperationCanceledException)
        && FaultTranslation.FromFault(error).Code is ErrorCode.Unavailable or ErrorCode.DeadlineExceeded;

    /// <summary>One read with its tries.</summary>
    private sealed class Race(int replicaCount, Func<int, CancellationToken, Task<byte[]>> read, HedgeBudget hedges)
    {
        private int _tries;
        private int _running;

        public Exception? LastFailure { get; private set; }

        public async ValueTask<byte[]> ReadAsync(CancellationToken cancellationToken)
        {
            int number = Interlocked.Increment(ref _tries) - 1;
            bool isHedge = Interlocked.Increment(ref _running) > 1;
            try
            {
                if (isHedge && !hedges.TryTake(1))
                {
                    // Nothing to pay with: wait for the one that runs.
                    await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
                }

                if (number == 0)
                {
                    hedges.AddCall();
                }

                return await read(number % replicaCount, cancellationToken).WaitAsync(cancellationToken);
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                LastFailure = error;
                throw;
            }
            finally
            {
                Interlocked.Decrement(ref _running);
            }
        }
    }
}
