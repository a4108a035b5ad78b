using Bigrain.Index.Documents;
using Bigrain.Index.Segments;
using Bigrain.Index.Segments.Ids;
using Bigrain.Index.Segments.Payloads;
using Bigrain.Index.Tails;

namespace Bigrain.Index.Partitions;

/// <summary>Reads the living documents of a snapshot in the order of id hash and id, a page at a time.</summary>
internal static class DocumentPager
{
    // Records are read in steps of so many, so that a page that is full of payloads reads little beyond its end.
    private const int StepDocuments = 128;

    /// <summary>Reads a page.</summary>
    /// <param name="snapshot">The snapshot, held by the caller.</param>
    /// <param name="after">Where the page before ended; null for the first.</param>
    /// <param name="limit">Most documents.</param>
    /// <param name="maxBytes">Bytes after which no more are added.</param>
    /// <param name="now">Unix milliseconds; documents that expired before are not there.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<DocumentPage> ReadAsync(
        PartitionSnapshot snapshot, DocumentCursor? after, int limit, long maxBytes, long now, CancellationToken cancellationToken)
    {
        List<Place> places = PlacesOf(snapshot, after, limit, now, cancellationToken);
        var documents = new List<PagedDocument>(Math.Min(limit, places.Count));
        long bytes = 0;
        while (documents.Count < Math.Min(limit, places.Count) && bytes < maxBytes)
        {
            int count = Math.Min(StepDocuments, Math.Min(limit, places.Count) - documents.Count);
            PagedDocument[] step = await ReadAsync(places.GetRange(documents.Count, count), cancellationToken);
            foreach (PagedDocument document in step)
            {
                if (bytes >= maxBytes)
                {
                    break;
                }

                documents.Add(document);
                bytes += document.SizeBytes;
            }
        }

        return new DocumentPage(documents, documents.Count < places.Count);
    }

    /// <summary>Where the next documents are, in order; one more than asked for where there is one.</summary>
    private static List<Place> PlacesOf(PartitionSnapshot snapshot, DocumentCursor? after, int limit, long now, CancellationToken cancellationToken)
    {
        var places = new List<Place>();
        foreach (TailView tail in snapshot.Tails)
        {
            for (int row = 0; row < tail.RowCount; row++)
            {
                if (tail.IsAlive(row) && !tail.IsExpired(row, now) && after?.IsBefore(tail.IdHashOf(row), tail.IdOf(row).Span) != false)
                {
                    places.Add(new Place(tail.IdHashOf(row), tail.IdOf(row), null, tail, row));
                }
            }
        }

        foreach (SegmentView view in snapshot.Segments)
        {
            cancellationToken.ThrowIfCancellationRequested();
            AddPlaces(places, view, after, limit, now);
        }

        // An id is alive at most once in a snapshot, so that this order is total.
        places.Sort(static (x, y) => x.IdHash != y.IdHash ? x.IdHash.CompareTo(y.IdHash) : x.Id.Span.SequenceCompareTo(y.Id.Span));
        if (places.Count > limit + 1)
        {
            places.RemoveRange(limit + 1, places.Count - limit - 1);
        }

        return places;
    }

    private static void AddPlaces(List<Place> places, SegmentView view, DocumentCursor? after, int limit, long now)
    {
        IdTable ids = view.Segment.Ids;
        int found = 0;
        ulong last = 0;
        for (int i = after is null ? 0 : ids.LowerBound(after.IdHash); i < ids.SlotCount; i++)
        {
            // Ids that share a hash stand in no order: all of them, or none.
            ulong hash = ids.HashAt(i);
            if (found > limit && hash != last)
            {
                return;
            }

            int slot = ids.SlotAt(i);
            if (view.Deletes.IsDead(slot) || ids.ExpiresAtMilliseconds(slot) is > 0 and long at && at <= now)
            {
                continue;
            }

            ReadOnlySpan<byte> id = ids.IdOf(slot);
            if (after?.IsBefore(hash, id) != false)
            {
                places.Add(new Place(hash, id.ToArray(), view.Segment, null, slot));
                found++;
                last = hash;
            }
        }
    }

    private static async Task<PagedDocument[]> ReadAsync(List<Place> places, CancellationToken cancellationToken)
    {
        var documents = new PagedDocument[places.Count];
        for (int i = 0; i < places.Count; i++)
        {
            if (places[i].Tail is { } tail)
            {
                int row = places[i].Slot;
                documents[i] = new PagedDocument(
                    places[i].IdHash, places[i].Id, tail.VectorOf(row).ToArray(), tail.PayloadOf(row), tail.ExpiresAtOf(row));
            }
        }

        foreach (IGrouping<Segment, int> group in Enumerable.Range(0, places.Count).Where(i => places[i].Segment is not null).GroupBy(i => places[i].Segment!))
        {
            await ReadAsync(group.Key, [.. group.OrderBy(i => places[i].Slot)], places, documents, cancellationToken);
        }

        return documents;
    }

    private static async Task ReadAsync(
        Segment segment, int[] wanted, List<Place> places, PagedDocument[] documents, CancellationToken cancellationToken)
    {
        int[] slots = Array.ConvertAll(wanted, i => places[i].Slot);
        int recordBytes = segment.Dense.Layout.RecordBytes;
        byte[] records = new byte[slots.Length * recordBytes];
        await segment.Dense.ReadAsync(slots, records, cancellationToken);
        PayloadBatch payloads = await segment.Payloads.ReadAsync(slots, cancellationToken);
        if (payloads.Failure is { } failure)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        }

        for (int i = 0; i < wanted.Length; i++)
        {
            float[] vector = new float[segment.Dense.Layout.Dimension];
            segment.Dense.Layout.Decode(records.AsSpan(i * recordBytes, recordBytes), vector);
            Place place = places[wanted[i]];
            documents[wanted[i]] = new PagedDocument(
                place.IdHash, place.Id, vector, payloads.Payloads[i]!.Value, segment.Ids.ExpiresAtMilliseconds(place.Slot));
        }
    }

    private sealed record Place(ulong IdHash, ReadOnlyMemory<byte> Id, Segment? Segment, TailView? Tail, int Slot);
}
