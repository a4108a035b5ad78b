using Bigrain.Index.Blobs;
using Bigrain.Index.Documents;
using Bigrain.Index.Segments.Deletes;
using Bigrain.Index.Segments.Payloads;

namespace Bigrain.Index.Segments;

/// <summary>Streams the documents of a segment into a new one: what compactions and rebuilds are made of.</summary>
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
    public static Task<SegmentCopyReport> RunAsync(
        Segment from,
        DeleteBitmap deletes,
        SegmentWriter to,
        IIdHash idHash,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(idHash);
        return RunAsync(from.Content, deletes, to, new SegmentCopyScope(idHash, now), cancellationToken);
    }

    /// <summary>Adds those documents that are alive and in scope, in slot order; records of another dense type are made anew.</summary>
    /// <param name="from">The documents.</param>
    /// <param name="deletes">Dead slots.</param>
    /// <param name="to">Receives the rows.</param>
    /// <param name="scope">Which documents.</param>
    /// <param name="cancellationToken">Looked at once per block of some MiB.</param>
    /// <returns>What was copied and left out, and where to go on.</returns>
    /// <exception cref="CorruptBlobException">Something stored is not what was written; the copy must not be used.</exception>
    /// <exception cref="BlobStoreException">The store failed, or the work directory is full.</exception>
    public static async Task<SegmentCopyReport> RunAsync(
        SegmentContent from, DeleteBitmap deletes, SegmentWriter to, SegmentCopyScope scope, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(deletes);
        ArgumentNullException.ThrowIfNull(to);
        ArgumentNullException.ThrowIfNull(scope);
        ArgumentOutOfRangeException.ThrowIfNotEqual(deletes.SlotCount, from.SlotCount, nameof(deletes));
        var report = new SegmentCopyReport { NextSlot = scope.FirstSlot };
        while (report.NextSlot < from.SlotCount && report.Copied < scope.MaxDocuments)
        {
            cancellationToken.ThrowIfCancellationRequested();
            (int Slot, ulong IdHash)[] alive = Alive(from, deletes, BlockEnd(from, report.NextSlot), scope, ref report);
            report = await CopyAsync(from, alive, to, report, cancellationToken).ConfigureAwait(false);
            scope.OnCopied?.Invoke(alive.Length);
        }

        return report;
    }

    /// <summary>Counts the documents that a copy of all would copy.</summary>
    /// <param name="from">The documents.</param>
    /// <param name="deletes">Dead slots.</param>
    /// <param name="scope">Which documents.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal static long Count(SegmentContent from, DeleteBitmap deletes, SegmentCopyScope scope, CancellationToken cancellationToken)
    {
        var report = default(SegmentCopyReport);
        long count = 0;
        while (report.NextSlot < from.SlotCount)
        {
            cancellationToken.ThrowIfCancellationRequested();
            count += Alive(from, deletes, BlockEnd(from, report.NextSlot), scope with { MaxDocuments = int.MaxValue }, ref report).Length;
        }

        return count;
    }

    private static int BlockEnd(SegmentContent from, int first)
    {
        int count = Math.Clamp(BlockRecordBytes / from.Dense.Layout.StrideBytes, 1, from.SlotCount - first);
        while (count > 1 && from.Ids.PayloadBytesUpTo(first, first + count - 1) > BlockPayloadBytes)
        {
            count /= 2;
        }

        return first + count;
    }

    private static (int Slot, ulong IdHash)[] Alive(
        SegmentContent from, DeleteBitmap deletes, int end, SegmentCopyScope scope, ref SegmentCopyReport report)
    {
        long now = scope.Now.ToUnixTimeMilliseconds();
        var alive = new List<(int, ulong)>(end - report.NextSlot);
        int dead = 0;
        int expired = 0;
        int slot = report.NextSlot;
        for (; slot < end && report.Copied + alive.Count < scope.MaxDocuments; slot++)
        {
            long expiry = from.Ids.ExpiresAtMilliseconds(slot);
            if (deletes.IsDead(slot))
            {
                dead++;
            }
            else if (expiry != 0 && expiry <= now)
            {
                expired++;
            }
            else if (scope.IdHash.Hash(from.Ids.IdOf(slot)) is var hash && scope.Keeps?.Invoke(hash) != false)
            {
                alive.Add((slot, hash));
            }
        }

        report = report with { Dead = report.Dead + dead, Expired = report.Expired + expired, NextSlot = slot };
        return [.. alive];
    }

    private static async Task<SegmentCopyReport> CopyAsync(
        SegmentContent from, (int Slot, ulong IdHash)[] alive, SegmentWriter to, SegmentCopyReport report, CancellationToken cancellationToken)
    {
        int recordBytes = from.Dense.Layout.RecordBytes;
        int[] slots = Array.ConvertAll(alive, row => row.Slot);
        var records = new byte[(long)slots.Length * recordBytes];
        Dense.DenseReadCost cost = await from.Dense.ReadAsync(slots, records, cancellationToken).ConfigureAwait(false);
        PayloadBatch payloads = await from.Payloads.ReadAsync(slots, cancellationToken).ConfigureAwait(false);
        if (payloads.Failure is { } failure)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        }

        float[]? decoded = to.Layout == from.Dense.Layout ? null : new float[from.Dense.Layout.Dimension];
        for (int i = 0; i < slots.Length; i++)
        {
            var row = new SegmentRow
            {
                Id = from.Ids.IdOf(slots[i]),
                IdHash = alive[i].IdHash,
                Version = from.Ids.VersionOf(slots[i]),
                Payload = payloads.Payloads[i]!.Value.Span,
                ExpiresAtMilliseconds = from.Ids.ExpiresAtMilliseconds(slots[i]),
            };
            ReadOnlySpan<byte> record = records.AsSpan(i * recordBytes, recordBytes);
            if (decoded is null)
            {
                to.AddRecord(row, record);
            }
            else
            {
                from.Dense.Layout.Decode(record, decoded);
                to.Add(row, decoded);
            }
        }

        return report with
        {
            Copied = report.Copied + slots.Length,
            BytesRead = report.BytesRead + cost.BytesRead + payloads.BytesRead,
        };
    }
}
