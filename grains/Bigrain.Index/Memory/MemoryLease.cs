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
