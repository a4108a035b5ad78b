using Bigrain.Index.Blobs;
using Bigrain.Index.Partitions;
using Bigrain.Index.Segments.Dense;
using Bigrain.Index.Tails;

namespace Bigrain.Index.Exact;

/// <summary>Finds the nearest documents of one partition exactly: every living vector is read once, in blocks, and compared with all
/// queries. The truth that the recall of a search is measured against.</summary>
/// <remarks>Memory stays within some 16 MiB. One thread, so that it costs queries at most one core.</remarks>
public sealed class ExactPass
{
    private const int BlockBytes = 4 << 20;

    private readonly ExactSearch _search;
    private readonly ExactScores _scores;
    private readonly float[] _vector;
    private readonly float[] _block;
    private readonly List<Place> _places = [];
    private int _rowCount;

    private ExactPass(ExactSearch search, ExactScores scores, int dimension)
    {
        _search = search;
        _scores = scores;
        _vector = new float[dimension];
        _block = new float[Math.Max(1, BlockBytes / (scores.Width * sizeof(float))) * scores.Width];
    }

    private int RowsPerBlock => _block.Length / _scores.Width;

    /// <summary>Searches a partition as it is now.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="request">The queries.</param>
    /// <param name="cancellationToken">Looked at once per block.</param>
    /// <exception cref="CorruptBlobException">A record is not what was written.</exception>
    /// <exception cref="BlobStoreException">The store failed.</exception>
    public static async Task<ExactReply> RunAsync(Partition partition, ExactRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(partition);
        ArgumentNullException.ThrowIfNull(request);
        ArgumentOutOfRangeException.ThrowIfNotEqual(request.Dimension, partition.Head.Schema.Default.Dimension, nameof(request));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(request.QueryCount, ExactRequest.MaxQueries, nameof(request));
        if (request.QueryCount == 0)
        {
            return new ExactReply([], 0);
        }

        PartitionSnapshot snapshot = partition.TakeSnapshot();
        try
        {
            var scores = new ExactScores(
                request.UnderModel ? partition.Model : null, partition.Tables, partition.Head.Schema.Default.Metric, request.Dimension);
            using var search = new ExactSearch(scores.Metric, scores.Queries(request.Vectors), scores.Width, request.K, threads: 1);
            var pass = new ExactPass(search, scores, request.Dimension);
            long now = partition.Services.Time.GetUtcNow().ToUnixTimeMilliseconds();
            foreach (SegmentView view in snapshot.Segments)
            {
                await pass.AddAsync(view, now, cancellationToken).ConfigureAwait(false);
            }

            foreach (TailView tail in snapshot.Tails)
            {
                pass.Add(tail, now, cancellationToken);
            }

            return pass.Reply(request.QueryCount);
        }
        finally
        {
            snapshot.Release();
        }
    }

    private async Task AddAsync(SegmentView view, long now, CancellationToken cancellationToken)
    {
        DenseRecordLayout layout = view.Segment.Dense.Layout;
        ulong[] hidden = view.HiddenSlots(now).ToArray();
        var records = new byte[Math.Min(RowsPerBlock, view.Segment.SlotCount) * layout.RecordBytes];
        var slots = new List<int>();
        for (int slot = 0; slot < view.Segment.SlotCount; slot++)
        {
            if (hidden.Length == 0 || ((hidden[slot >> 6] >> (slot & 63)) & 1) == 0)
            {
                slots.Add(slot);
            }

            if (slots.Count == RowsPerBlock || (slot == view.Segment.SlotCount - 1 && slots.Count > 0))
            {
                cancellationToken.ThrowIfCancellationRequested();
                int[] block = [.. slots];
                await view.Segment.Dense.ReadAsync(block, records, cancellationToken).ConfigureAwait(false);
                for (int i = 0; i < block.Length; i++)
                {
                    Put(layout, records.AsSpan(i * layout.RecordBytes, layout.RecordBytes), isCoded: true, i);
                }

                Scan(block.Length, new Place(_rowCount, view, null, block));
                slots.Clear();
            }
        }
    }

    private void Add(TailView tail, long now, CancellationToken cancellationToken)
    {
        DenseRecordLayout layout = tail.Tail.Layout;
        var record = new byte[layout.RecordBytes];
        var rows = new List<int>();
        for (int row = 0; row < tail.RowCount; row++)
        {
            if (tail.IsAlive(row) && !tail.IsExpired(row, now))
            {
                // As its segment will have it.
                layout.Encode(tail.VectorOf(row), record);
                Put(layout, record, isCoded: false, rows.Count);
                rows.Add(row);
            }

            if (rows.Count == RowsPerBlock || (row == tail.RowCount - 1 && rows.Count > 0))
            {
                cancellationToken.ThrowIfCancellationRequested();
                Scan(rows.Count, new Place(_rowCount, null, tail, [.. rows]));
                rows.Clear();
            }
        }
    }

    private void Put(DenseRecordLayout layout, ReadOnlySpan<byte> record, bool isCoded, int row)
    {
        layout.Decode(record, _vector);
        _scores.Put(_vector, isCoded, _block.AsSpan(row * _scores.Width, _scores.Width));
    }

    private void Scan(int count, Place place)
    {
        _search.Add(_block.AsMemory(0, count * _scores.Width), _rowCount);
        _places.Add(place);
        _rowCount += count;
    }

    private ExactReply Reply(int queryCount)
    {
        var hits = new ExactHit[queryCount][];
        for (int query = 0; query < queryCount; query++)
        {
            hits[query] = Array.ConvertAll(_search.Nearest(query), near => new ExactHit(IdOf(near.Row), near.Distance));
            Array.Sort(hits[query], ExactHit.Compare);
        }

        return new ExactReply(hits, _rowCount);
    }

    private byte[] IdOf(int row)
    {
        int low = 0;
        int high = _places.Count - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if (_places[middle].FirstRow <= row)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return _places[low].IdOf(row - _places[low].FirstRow);
    }

    /// <summary>Where the rows of one block are.</summary>
    private sealed record Place(int FirstRow, SegmentView? View, TailView? Tail, int[] Slots)
    {
        public byte[] IdOf(int index) => View is null ? Tail!.IdOf(Slots[index]).ToArray() : View.Segment.Ids.IdOf(Slots[index]).ToArray();
    }
}
