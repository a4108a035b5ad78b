using System.IO.Hashing;
using System.Text;

namespace Bigrain.Index.Log;

/// <summary>The batch ids that a stream's log holds from the last hour, with the sequence of the first entry of each.</summary>
/// <remarks>Not thread safe: its owner appends one entry at a time. Ids are kept as 128-bit hashes.</remarks>
internal sealed class RecentBatches(TimeSpan window)
{
    private readonly Dictionary<UInt128, long> _sequences = [];
    private readonly Queue<(DateTimeOffset At, UInt128 Key)> _order = new();

    public int Count => _sequences.Count;

    public static UInt128 KeyOf(string batchId) => XxHash128.HashToUInt128(Encoding.UTF8.GetBytes(batchId));

    /// <summary>Remembers the batches of an entry; entries come in the order of the log.</summary>
    public void Add(LogEntry entry)
    {
        foreach (LogBatch batch in entry.Batches)
        {
            if (batch.BatchId is { } id && _sequences.TryAdd(KeyOf(id), entry.Sequence))
            {
                _order.Enqueue((entry.WrittenAt, KeyOf(id)));
            }
        }

        Forget(entry.WrittenAt);
    }

    public bool TryGet(UInt128 key, out long sequence) => _sequences.TryGetValue(key, out sequence);

    private void Forget(DateTimeOffset now)
    {
        while (_order.TryPeek(out (DateTimeOffset At, UInt128 Key) oldest) && now - oldest.At > window)
        {
            _order.Dequeue();
            _sequences.Remove(oldest.Key);
        }
    }
}
