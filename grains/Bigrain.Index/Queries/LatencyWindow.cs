namespace Bigrain.Index.Queries;

/// <summary>The 95th percentile of the latest calls to one silo. Not thread safe.</summary>
internal sealed class LatencyWindow
{
    private const int Size = 64;
    private const int Refresh = 8;
    private const int Enough = 16;

    private readonly long[] _ticks = new long[Size];
    private long _count;

    /// <summary>The percentile; null while too few calls were seen to tell.</summary>
    public TimeSpan? Percentile95 { get; private set; }

    /// <summary>Takes in one call.</summary>
    public void Add(TimeSpan duration)
    {
        _ticks[_count++ % Size] = duration.Ticks;
        if (_count < Enough || _count % Refresh != 0)
        {
            return;
        }

        int known = (int)Math.Min(_count, Size);
        Span<long> sorted = stackalloc long[Size];
        _ticks.AsSpan(0, known).CopyTo(sorted);
        sorted[..known].Sort();
        Percentile95 = new TimeSpan(sorted[known * 95 / 100]);
    }
}
