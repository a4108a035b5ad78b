using Bigrain.Index.Segments;
using Bigrain.Index.Segments.Payloads;
using Bigrain.Index.Tails;

namespace Bigrain.Index.Partitions;

/// <summary>Reads single documents of a snapshot.</summary>
internal static class DocumentReader
{
    /// <summary>Finds the living document of an id.</summary>
    /// <param name="snapshot">The snapshot, held by the caller.</param>
    /// <param name="id">The id, UTF-8.</param>
    /// <param name="idHash">Its hash.</param>
    /// <param name="now">Unix milliseconds; a document that expired before is not there.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async ValueTask<StoredDocument?> FindAsync(
        PartitionSnapshot snapshot, ReadOnlyMemory<byte> id, ulong idHash, long now, CancellationToken cancellationToken)
    {
        for (int i = snapshot.Tails.Length - 1; i >= 0; i--)
        {
            TailView tail = snapshot.Tails[i];
            int row = tail.Find(id.Span, idHash);
            if (row >= 0)
            {
                return tail.IsExpired(row, now)
                    ? null
                    : new StoredDocument(tail.IdOf(row), tail.VectorOf(row).ToArray(), tail.PayloadOf(row), tail.VersionOf(row), tail.ExpiresAtOf(row));
            }
        }

        foreach (SegmentView view in snapshot.Segments)
        {
            int slot = view.Segment.Ids.Find(idHash, id.Span);
            if (slot >= 0 && !view.Deletes.IsDead(slot))
            {
                return await ReadAsync(view.Segment, slot, id, now, cancellationToken);
            }
        }

        return null;
    }

    /// <summary>Version of the living document of an id; <see cref="RowVersion.None"/> when there is none.</summary>
    /// <param name="snapshot">The snapshot, held by the caller.</param>
    /// <param name="id">The id, UTF-8.</param>
    /// <param name="idHash">Its hash.</param>
    /// <param name="now">Unix milliseconds; a document that expired before is not there.</param>
    public static RowVersion VersionOf(PartitionSnapshot snapshot, ReadOnlySpan<byte> id, ulong idHash, long now)
    {
        for (int i = snapshot.Tails.Length - 1; i >= 0; i--)
        {
            TailView tail = snapshot.Tails[i];
            int row = tail.Find(id, idHash);
            if (row >= 0)
            {
                return tail.IsExpired(row, now) ? RowVersion.None : tail.VersionOf(row);
            }
        }

        foreach (SegmentView view in snapshot.Segments)
        {
            int slot = view.Segment.Ids.Find(idHash, id);
            if (slot >= 0 && !view.Deletes.IsDead(slot))
            {
                return view.Segment.Ids.ExpiresAtMilliseconds(slot) is > 0 and long at && at <= now
                    ? RowVersion.None
                    : view.Segment.Ids.VersionOf(slot);
            }
        }

        return RowVersion.None;
    }

    private static async ValueTask<StoredDocument?> ReadAsync(
        Segment segment, int slot, ReadOnlyMemory<byte> id, long now, CancellationToken cancellationToken)
    {
        if (segment.Ids.ExpiresAtMilliseconds(slot) is > 0 and long expiresAt && expiresAt <= now)
        {
            return null;
        }

        int[] slots = [slot];
        byte[] record = new byte[segment.Dense.Layout.RecordBytes];
        await segment.Dense.ReadAsync(slots, record, cancellationToken);
        PayloadBatch payloads = await segment.Payloads.ReadAsync(slots, cancellationToken);
        if (payloads.Failure is { } failure)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        }

        float[] vector = new float[segment.Dense.Layout.Dimension];
        segment.Dense.Layout.Decode(record, vector);
        return new StoredDocument(id, vector, payloads.Payloads[0]!.Value, segment.Ids.VersionOf(slot), segment.Ids.ExpiresAtMilliseconds(slot));
    }
}
