using System.Diagnostics.CodeAnalysis;
using Bigrain.Index.Memory;

namespace Bigrain.Index.Log;

/// <summary>The log entries that a silo has seen lately, for all its partitions: many follow one stream, and each of them reads the log again
/// from its manifest's floors whenever it follows a newer manifest.</summary>
/// <remarks>Thread safe; the oldest go first. An entry never changes once it is in the log, so that a kept one is as good as one that is
/// read. Where the log ends, and what was trimmed, only the store can say.</remarks>
public sealed class RecentLog
{
    // Of a small budget segments need all but a little.
    private const int BudgetDivisor = 32;

    // The objects around the bytes of an entry.
    private const int Overhead = 256;

    private readonly long _limitBytes;
    private readonly MemoryLease _lease;
    private readonly Lock _gate = new();
    private readonly Dictionary<(StreamKey Key, long Sequence), LogEntry> _entries = [];
    private readonly Queue<LogEntry> _oldest = new();
    private long _bytes;

    /// <summary>Makes an empty one.</summary>
    /// <param name="budget">Gives what it takes.</param>
    /// <param name="limitBytes">Most bytes; 0 keeps nothing. Never more than a 32nd of the budget.</param>
    public RecentLog(MemoryBudget budget, long limitBytes)
    {
        ArgumentNullException.ThrowIfNull(budget);
        ArgumentOutOfRangeException.ThrowIfNegative(limitBytes);
        _limitBytes = Math.Min(limitBytes, budget.LimitBytes / BudgetDivisor);
        _lease = budget.Take(0, "recent log");
    }

    /// <summary>Keeps an entry that is in the log; the first one of a position stays.</summary>
    public void Keep(LogEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        long bytes = SizeOf(entry);
        lock (_gate)
        {
            if (bytes > _limitBytes || _entries.ContainsKey((entry.Key, entry.Sequence)))
            {
                return;
            }

            // Where the budget has no more, a newer entry takes the place of older ones all the same.
            while (_bytes + bytes > _limitBytes || !_lease.TryResize(_bytes + bytes))
            {
                if (!_oldest.TryDequeue(out LogEntry? gone))
                {
                    _lease.TryResize(0);
                    return;
                }

                _entries.Remove((gone.Key, gone.Sequence));
                _bytes -= SizeOf(gone);
            }

            _entries.Add((entry.Key, entry.Sequence), entry);
            _oldest.Enqueue(entry);
            _bytes += bytes;
        }
    }

    /// <summary>Gives an entry if it is kept.</summary>
    public bool TryGet(StreamKey key, long sequence, [NotNullWhen(true)] out LogEntry? entry)
    {
        lock (_gate)
        {
            return _entries.TryGetValue((key, sequence), out entry);
        }
    }

    private static long SizeOf(LogEntry entry) => entry.Bytes.Length + Overhead;
}
