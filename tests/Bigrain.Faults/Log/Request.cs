using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Bigrain.Index.Documents;
using Bigrain.Index.Log;
using Bigrain.TestKit.Randomness;

namespace Bigrain.Faults.Log;

/// <summary>One batch that a client sent, and what it was told.</summary>
internal sealed class Request
{
    public Request(int number, string? batchId, byte[] bytes)
    {
        Number = number;
        BatchId = batchId;
        Bytes = bytes;
    }

    /// <summary>Unique in a run; the first row's vector carries it.</summary>
    public int Number { get; }

    public string? BatchId { get; }

    public byte[] Bytes { get; }

    /// <summary>Scheduler step of the first attempt.</summary>
    public long InvokedAt { get; set; }

    /// <summary>Scheduler step of the acknowledgement; null for none.</summary>
    public long? AcknowledgedAt { get; set; }

    /// <summary>The sequence that it was told.</summary>
    public long Sequence { get; set; }

    public static Request Create(int number, SeededRandom random)
    {
        string? batchId = random.Chance(0.85) ? string.Create(CultureInfo.InvariantCulture, $"batch-{number}") : null;
        var builder = new LogBatchBuilder(1, batchId);
        int rows = 1 + random.Next(4);
        for (int row = 0; row < rows; row++)
        {
            byte[] id = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"d{random.Next(20)}"));
            if (row > 0 && random.Chance(0.3))
            {
                builder.AddDelete(id, XxIdHash.Instance.Hash(id));
            }
            else
            {
                builder.AddUpsert(id, XxIdHash.Instance.Hash(id), [number, row], []);
            }
        }

        return new Request(number, batchId, builder.Build());
    }

    /// <summary>Tells which request a batch in the log came from.</summary>
    public static int NumberOf(LogBatch batch)
    {
        batch[0].TryGetVector(0, out ReadOnlyMemory<byte> vector);
        return (int)MemoryMarshal.Cast<byte, float>(vector.Span)[0];
    }
}
