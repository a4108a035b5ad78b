using Bigrain.Index.Blobs;
using Bigrain.Index.Documents;
using Bigrain.Index.Segments.Deletes;
using Bigrain.Index.Segments.Payloads;

namespace Bigrain.Index.Segments;

/// <summary>Streams the documents of a segment into a new one: what a compaction is made of.</summary>
public static class SegmentCopy
{
    private const int BlockRecordBytes = 4 << 20;
    private const int BlockPayloadBytes = 8 << 20;

    /// <summary>Adds the documents that are alive, in slot order; every byte is checked on its way.</summary>
    /// <param name="from">The segment; the caller holds a reference.</param>
    /// <param name="deletes">Its dead slots as of the compaction's snapshot.</param>
    /// <param name="to">Receives the rows.</param>
    /// <param name="idHash">Hash of ids.</param>
    /// <param name="now">Documents that expired by now are left out.</param>
    /// <param name="cancellationToken">Looked at once per block of some MiB.</param>
    /// <returns>What was copied and left out.</returns>
    /// <exception cref="CorruptBlobException">Something stored is not what was written; the compaction must not go on.</exception>
    /// <exception cref="BlobStoreException">The store failed, or the work directory is full.</exception>
    /// <remarks>Memory stays within some 16 MiB, whatever the size of the segment.</remarks>
    public static async Task<SegmentCopyReport> RunAsync(
        Segment from,
        DeleteBitmap deletes,
        SegmentWriter to,
        IIdHash idHash,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(deletes);
        ArgumentNullException.ThrowIfNull(to);
        ArgumentNullException.ThrowIfNull(idHash);
        ArgumentOutOfRangeException.ThrowIfNotEqual(deletes.SlotCount, from.SlotCount, nameof(deletes));
        long nowMilliseconds = now.ToUnixTimeMilliseconds();
        var report = new SegmentCopyReport();
        for (int first = 0; first < from.SlotCount;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int count = BlockSlots(from, first);
            int[] alive = Alive(from, deletes, first, count, nowMilliseconds, ref report);
            report = await CopyAsync(from, alive, to, idHash, report, cancellationToken).ConfigureAwait(false);
            first += count;
        }

        return report;
    }

    private static int BlockSlots(Segment from, int first)
    {
        int count = Math.Clamp(BlockRecordBytes / from.Dense.Layout.StrideBytes, 1, from.SlotCount - first);
        while (count > 1 && from.Ids.PayloadBytesUpTo(first, first + count - 1) > BlockPayloadBytes)
        {
            count /= 2;
        }

        return count;
    }

    private static int[] Alive(
        Segment from, DeleteBitmap deletes, int first, int count, long nowMilliseconds, ref SegmentCopyReport report)
    {
        var alive = new List<int>(count);
        int dead = 0;
        int expired = 0;
        for (int slot = first; slot < first + count; slot++)
        {
            long expiry = from.Ids.ExpiresAtMilliseconds(slot);
            if (deletes.IsDead(slot))
            {
                dead++;
            }
            else if (expiry != 0 && expiry <= nowMilliseconds)
            {
                expired++;
            }
            else
            {
                alive.Add(slot);
            }
        }

        report = report with { Dead = report.Dead + dead, Expired = report.Expired + expired };
        return [.. alive];
    }

    private static async Task<SegmentCopyReport> CopyAsync(
        Segment from, int[] slots, SegmentWriter to, IIdHash idHash, SegmentCopyReport report, CancellationToken cancellationToken)
    {
        int recordBytes = from.Dense.Layout.RecordBytes;
        var records = new byte[(long)slots.Length * recordBytes];
        Dense.DenseReadCost cost = await from.Dense.ReadAsync(slots, records, cancellationToken).ConfigureAwait(false);
        PayloadBatch payloads = await from.Payloads.ReadAsync(slots, cancellationToken).ConfigureAwait(false);
        if (payloads.Failure is { } failure)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        }

        for (int i = 0; i < slots.Length; i++)
        {
            ReadOnlySpan<byte> id = from.Ids.IdOf(slots[i]);
            var row = new SegmentRow
            {
                Id = id,
                IdHash = idHash.Hash(id),
                Version = from.Ids.VersionOf(slots[i]),
                Payload = payloads.Payloads[i]!.Value.Span,
                ExpiresAtMilliseconds = from.Ids.ExpiresAtMilliseconds(slots[i]),
            };
            to.AddRecord(row, records.AsSpan(i * recordBytes, recordBytes));
        }

        return report with
        {
            Copied = report.Copied + slots.Length,
            BytesRead = report.BytesRead + cost.BytesRead + payloads.BytesRead,
        };
    }
}
