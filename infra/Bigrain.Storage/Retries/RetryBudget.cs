namespace Bigrain.Storage.Retries;

/// <summary>Bounds the repetitions over all calls: each first attempt earns a share of one, up to a fixed count.</summary>
/// <remarks>Thread safe.</remarks>
internal sealed class RetryBudget(double earnedPerAttempt, int most)
{
    private readonly Lock _lock = new();
    private double _left = most;

    public void Earn()
    {
        lock (_lock)
        {
            _left = Math.Min(most, _left + earnedPerAttempt);
        }
    }

    public bool TrySpend()
    {
        lock (_lock)
        {
            if (_left < 1)
            {
                return false;
            }

            _left -= 1;
            return true;
        }
    }
}
