using Bigrain.Index.Blobs;
using Bigrain.Index.Coarse;
using Bigrain.Index.Partitions;
using Bigrain.Index.Segments.Dense;
using Bigrain.Index.Tails;

namespace Bigrain.Index.Exact;

/// <summary>Draws stored vectors at random: the same documents, partition and seed give the same vectors.</summary>
public static class VectorSample
{
    /// <summary>Draws from a partition as it is now.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="count">Documents wanted; fewer where it has fewer.</param>
    /// <param name="seed">Seed of the choice.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="CorruptBlobException">A record is not what was written.</exception>
    /// <exception cref="BlobStoreException">The store failed.</exception>
    public static async Task<SampledDocument[]> DrawAsync(Partition partition, int count, ulong seed, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(partition);
        PartitionSnapshot snapshot = partition.TakeSnapshot();
        try
        {
            long now = partition.Services.Time.GetUtcNow().ToUnixTimeMilliseconds();
            int[][] sources =
            [
                .. snapshot.Segments.Select(view => Alive(view, now)),
                .. snapshot.Tails.Select(tail => Alive(tail, now)),
            ];
            int[] drawn = LeafBuilder.SampleRows(sources.Sum(rows => rows.Length), count, seed ^ (ulong)partition.Key.Partition);
            var documents = new List<SampledDocument>();
            int first = 0;
            int next = 0;
            for (int i = 0; i < sources.Length; first += sources[i].Length, i++)
            {
                var slots = new List<int>();
                for (; next < drawn.Length && drawn[next] < first + sources[i].Length; next++)
                {
                    slots.Add(sources[i][drawn[next] - first]);
                }

                if (i < snapshot.Segments.Length)
                {
                    await AddAsync(documents, snapshot.Segments[i], [.. slots.Distinct()], cancellationToken).ConfigureAwait(false);
                }
                else
                {
                    TailView tail = snapshot.Tails[i - snapshot.Segments.Length];
                    documents.AddRange(slots.Distinct().Select(row => new SampledDocument(tail.IdOf(row), tail.VectorOf(row).ToArray())));
                }
            }

            return [.. documents];
        }
        finally
        {
            snapshot.Release();
        }
    }

    private static async Task AddAsync(
        List<SampledDocument> documents, SegmentView view, int[] slots, CancellationToken cancellationToken)
    {
        DenseRecordLayout layout = view.Segment.Dense.Layout;
        var records = new byte[slots.Length * layout.RecordBytes];
        await view.Segment.Dense.ReadAsync(slots, records, cancellationToken).ConfigureAwait(false);
        for (int i = 0; i < slots.Length; i++)
        {
            var vector = new float[layout.Dimension];
            layout.Decode(records.AsSpan(i * layout.RecordBytes, layout.RecordBytes), vector);
            documents.Add(new SampledDocument(view.Segment.Ids.IdOf(slots[i]).ToArray(), vector));
        }
    }

    private static int[] Alive(SegmentView view, long now)
    {
        ulong[] hidden = view.HiddenSlots(now).ToArray();
        return [.. Enumerable.Range(0, view.Segment.SlotCount).Where(slot => hidden.Length == 0 || ((hidden[slot >> 6] >> (slot & 63)) & 1) == 0)];
    }

    private static int[] Alive(TailView tail, long now) =>
        [.. Enumerable.Range(0, tail.RowCount).Where(row => tail.IsAlive(row) && !tail.IsExpired(row, now))];
}
