namespace Bigrain.Index.Memory;

/// <summary>Bytes taken from a <see cref="MemoryBudget"/>; disposing gives them back once.</summary>
public sealed class MemoryLease : IDisposable
{
    private readonly MemoryBudget _budget;
    private long _bytes;

    internal MemoryLease(MemoryBudget budget, long bytes)
    {
        _budget = budget;
        _bytes = bytes;
    }

    /// <summary>Bytes held; 0 after disposal.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Makes the lease larger, if that fits, or smaller. One owner at a time.</summary>
    /// <param name="bytes">New size.</param>
    /// <returns>False when it does not fit; the lease then stays as it was.</returns>
    public bool TryResize(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        long more = bytes - Bytes;
        if (more > 0 && !_budget.TryReserve(more))
        {
            return false;
        }

        if (more < 0)
        {
            _budget.Return(-more);
        }

        Interlocked.Exchange(ref _bytes, bytes);
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        long bytes = Interlocked.Exchange(ref _bytes, 0);
        if (bytes > 0)
        {
            _budget.Return(bytes);
        }
    }
}
