namespace Bigrain.Client;

/// <summary>Token bucket of the retries that servers under stress are sent: every call puts in its share, every such retry takes one out.</summary>
/// <remarks>Thread safe.</remarks>
internal sealed class RetryBudget(BigrainClientOptions options)
{
    private readonly Lock _gate = new();
    private double _tokens = options.RetryBurst;

    /// <summary>Counts a call.</summary>
    public void AddCall()
    {
        lock (_gate)
        {
            _tokens = Math.Min(options.RetryBurst, _tokens + (options.RetryPercent / 100));
        }
    }

    /// <summary>Pays for a retry.</summary>
    /// <returns>Whether there was enough.</returns>
    public bool TryTake()
    {
        lock (_gate)
        {
            if (_tokens < 1)
            {
                return false;
            }

            _tokens--;
            return true;
        }
    }
}
