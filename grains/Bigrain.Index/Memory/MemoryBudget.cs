using Bigrain.Index.Errors;

namespace Bigrain.Index.Memory;

/// <summary>The hard byte budget of a silo: everything that grows with data takes a lease before it allocates.</summary>
/// <remarks>Thread safe.</remarks>
public sealed class MemoryBudget
{
    private long _usedBytes;

    /// <summary>Makes a budget.</summary>
    /// <param name="limitBytes">Most bytes that may be leased at a time.</param>
    public MemoryBudget(long limitBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limitBytes);
        LimitBytes = limitBytes;
    }

    /// <summary>Most bytes that may be leased at a time.</summary>
    public long LimitBytes { get; }

    /// <summary>Bytes leased now.</summary>
    public long UsedBytes => Interlocked.Read(ref _usedBytes);

    /// <summary>Takes a lease.</summary>
    /// <param name="bytes">Size.</param>
    /// <param name="purpose">What it is for (<c>segment 1a2b of partition 3</c>); goes into the error.</param>
    /// <returns>The lease; dispose it after the memory was freed.</returns>
    /// <exception cref="BigrainException"><see cref="ErrorCode.Overloaded"/>: it does not fit; the message has the numbers.</exception>
    public MemoryLease Take(long bytes, string purpose) =>
        TryTake(bytes) ?? throw new BigrainException(
            ErrorCode.Overloaded,
            $"{purpose} needs {bytes} bytes but only {Math.Max(0, LimitBytes - UsedBytes)} of {LimitBytes} are free: raise --memory or add a silo",
            "memory");

    /// <summary>Takes a lease if it fits.</summary>
    /// <returns>The lease, or null when it does not fit.</returns>
    public MemoryLease? TryTake(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        return TryReserve(bytes) ? new MemoryLease(this, bytes) : null;
    }

    /// <summary>Takes a lease even past the limit: only for memory that lets a larger lease go at once.</summary>
    public MemoryLease TakeBeyond(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        Interlocked.Add(ref _usedBytes, bytes);
        return new MemoryLease(this, bytes);
    }

    internal bool TryReserve(long bytes)
    {
        if (Interlocked.Add(ref _usedBytes, bytes) > LimitBytes)
        {
            Interlocked.Add(ref _usedBytes, -bytes);
            return false;
        }

        return true;
    }

    internal void Return(long bytes) => Interlocked.Add(ref _usedBytes, -bytes);
}
