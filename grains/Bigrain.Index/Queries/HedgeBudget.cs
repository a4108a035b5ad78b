namespace Bigrain.Index.Queries;

/// <summary>Token bucket of the extra calls: every call puts in its share, every hedge takes one out.</summary>
/// <remarks>One per process, so that hedges stay a small part of the load whatever the queries do. Thread safe.</remarks>
public sealed class HedgeBudget
{
    private const long OneToken = 1_000;

    private readonly long _perCall;
    private readonly long _most;
    private long _tokens;

    /// <summary>Makes a full bucket.</summary>
    /// <param name="options">Share and burst.</param>
    public HedgeBudget(QueryOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _perCall = (long)(options.HedgePercent / 100 * OneToken);
        _most = options.HedgeBurst * OneToken;
        _tokens = _most;
    }

    /// <summary>Counts a call that is not a hedge.</summary>
    public void AddCall()
    {
        long tokens = Volatile.Read(ref _tokens);
        while (tokens < _most)
        {
            long before = Interlocked.CompareExchange(ref _tokens, Math.Min(_most, tokens + _perCall), tokens);
            if (before == tokens)
            {
                return;
            }

            tokens = before;
        }
    }

    /// <summary>Pays for hedges.</summary>
    /// <param name="calls">How many calls.</param>
    /// <returns>Whether there was enough for all of them; otherwise nothing was taken.</returns>
    public bool TryTake(int calls)
    {
        long price = calls * OneToken;
        long tokens = Volatile.Read(ref _tokens);
        while (tokens >= price)
        {
            long before = Interlocked.CompareExchange(ref _tokens, tokens - price, tokens);
            if (before == tokens)
            {
                return true;
            }

            tokens = before;
        }

        return false;
    }
}
