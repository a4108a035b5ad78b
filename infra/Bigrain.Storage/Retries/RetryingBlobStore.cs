using System.Runtime.CompilerServices;
using Bigrain.Index.Blobs;
using Bigrain.Index.Randomness;
using Bigrain.Storage.Metrics;
using Polly;
using Polly.Retry;

namespace Bigrain.Storage.Retries;

/// <summary>Repeats what failed as <see cref="BlobFailure.Transient"/>, and nothing else: a write with an unknown outcome goes to the caller,
/// who alone can tell by reading whether it happened.</summary>
/// <remarks>Thread safe. A listing that breaks off goes on after the last name it gave.</remarks>
public sealed class RetryingBlobStore : IBlobStore
{
    private static readonly ResiliencePropertyKey<string> Operation = new("operation");

    private readonly IBlobStore _inner;
    private readonly RetryBudget _budget;
    private readonly ResiliencePipeline _pipeline;

    /// <summary>Makes the decorator.</summary>
    /// <param name="inner">The store.</param>
    /// <param name="options">Settings, validated.</param>
    /// <param name="instruments">Counts the repetitions.</param>
    /// <param name="time">Waits.</param>
    /// <param name="random">Jitter.</param>
    public RetryingBlobStore(IBlobStore inner, RetryOptions options, StorageInstruments instruments, TimeProvider time, IRandomSource random)
    {
        ArgumentNullException.ThrowIfNull(options);
        _inner = inner;
        _budget = new RetryBudget(options.BudgetRatio, options.BudgetCount);
        _pipeline = options.RetryCount == 0 ? ResiliencePipeline.Empty : new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = options.RetryCount,
                Delay = options.FirstDelay,
                MaxDelay = options.LongestDelay,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Randomizer = () => (random.NextUInt64() >> 11) * (1.0 / (1UL << 53)),
                ShouldHandle = arguments => new ValueTask<bool>(
                    arguments.Outcome.Exception is BlobStoreException { Failure: BlobFailure.Transient } && _budget.TrySpend()),
                OnRetry = arguments =>
                {
                    instruments.AddRetry(arguments.Context.Properties.GetValue(Operation, string.Empty));
                    return default;
                },
            })
            .Build();
    }

    /// <inheritdoc/>
    public ValueTask<BlobContent?> ReadAsync(string name, CancellationToken cancellationToken) =>
        RunAsync("read", token => _inner.ReadAsync(name, token), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<int?> ReadRangeAsync(string name, long offset, Memory<byte> destination, CancellationToken cancellationToken) =>
        RunAsync("range", token => _inner.ReadRangeAsync(name, offset, destination, token), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<BlobProperties?> GetPropertiesAsync(string name, CancellationToken cancellationToken) =>
        RunAsync("stat", token => _inner.GetPropertiesAsync(name, token), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<BlobTag?> CreateAsync(string name, Stream content, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(content);
        long start = content.Position;
        return RunAsync(
            "create",
            token =>
            {
                content.Position = start;
                return _inner.CreateAsync(name, content, token);
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<BlobTag?> CopyAsync(string from, string to, CancellationToken cancellationToken) =>
        RunAsync("copy", token => _inner.CopyAsync(from, to, token), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<BlobTag?> ReplaceAsync(
        string name, BlobTag expected, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        RunAsync("replace", token => _inner.ReplaceAsync(name, expected, content, token), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> DeleteAsync(string name, BlobTag? expected, CancellationToken cancellationToken) =>
        RunAsync("delete", token => _inner.DeleteAsync(name, expected, token), cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<BlobEntry> ListAsync(
        string prefix, string? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var position = new ListPosition { After = after };
        try
        {
            while (await RunAsync("list", token => MoveNextAsync(position, prefix, token), cancellationToken).ConfigureAwait(false))
            {
                position.After = position.Entries!.Current.Name;
                yield return position.Entries.Current;
            }
        }
        finally
        {
            await position.CloseAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask<bool> MoveNextAsync(ListPosition position, string prefix, CancellationToken cancellationToken)
    {
        position.Entries ??= _inner.ListAsync(prefix, position.After, cancellationToken).GetAsyncEnumerator(cancellationToken);
        try
        {
            return await position.Entries.MoveNextAsync().ConfigureAwait(false);
        }
        catch (BlobStoreException)
        {
            await position.CloseAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async ValueTask<T> RunAsync<T>(string operation, Func<CancellationToken, ValueTask<T>> run, CancellationToken cancellationToken)
    {
        _budget.Earn();
        ResilienceContext context = ResilienceContextPool.Shared.Get(cancellationToken);
        context.Properties.Set(Operation, operation);
        try
        {
            return await _pipeline.ExecuteAsync(
                static (context, run) => run(context.CancellationToken), context, run).ConfigureAwait(false);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private sealed class ListPosition
    {
        public string? After { get; set; }

        public IAsyncEnumerator<BlobEntry>? Entries { get; set; }

        public async ValueTask CloseAsync()
        {
            if (Entries is { } entries)
            {
                Entries = null;
                await entries.DisposeAsync().ConfigureAwait(false);
            }
        }
    }
}
