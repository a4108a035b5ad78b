using System.Buffers;
using System.Buffers.Binary;
using Bigrain.Index.Blobs;
using Bigrain.Index.Segments.Files;

namespace Bigrain.Index.Segments.Dense;

/// <summary>Reads dense records of a segment by slot; every record is checked before it is used.</summary>
/// <remarks>Thread safe; belongs to its <see cref="Segment"/>.</remarks>
public sealed class DenseReader : IDisposable
{
    /// <summary>Most ranged reads in flight for one call.</summary>
    public const int MaxReadsInFlight = 32;

    // A remote read costs as much as some hundred KiB of transfer; a local one as much as a page or two.
    private const int RemoteGapBytes = 256 * 1024;
    private const int RemoteMostBytes = 1024 * 1024;

    // A cache joins what it misses by itself, and what it has costs a copy: no wide gaps.
    private const int CachedGapBytes = 32 * 1024;
    private const int LocalGapBytes = 4 * 1024;
    private const int LocalMostBytes = 256 * 1024;

    // Queries go before: they have the other places.
    private const int WarmReadsInFlight = 8;

    private readonly BlobFile _file;
    private readonly DenseHeader _header;

    internal DenseReader(BlobFile file, DenseHeader header)
    {
        _file = file;
        _header = header;
    }

    /// <summary>Layout of a record.</summary>
    public DenseRecordLayout Layout => _header.Layout;

    /// <summary>Number of slots.</summary>
    public int SlotCount => _header.SlotCount;

    /// <summary>Name of the blob.</summary>
    public string BlobName => _file.Name;

    /// <summary>Computes the exact rank distances (smaller is closer) of a query and some slots.</summary>
    /// <param name="query">The query.</param>
    /// <param name="slots">Slots, ascending, each once.</param>
    /// <param name="distances">Receives one value per slot.</param>
    /// <param name="cancellationToken">Looked at before each read.</param>
    /// <returns>What it took.</returns>
    /// <exception cref="CorruptBlobException">A record is not what was written; nothing of it was used.</exception>
    /// <exception cref="BlobStoreException">The store failed.</exception>
    public ValueTask<DenseReadCost> ScoreAsync(
        DenseQuery query, ReadOnlyMemory<int> slots, Memory<float> distances, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentOutOfRangeException.ThrowIfNotEqual(query.Vector.Length, Layout.Dimension, nameof(query));
        ArgumentOutOfRangeException.ThrowIfLessThan(distances.Length, slots.Length, nameof(distances));
        return VisitAsync(slots, new RecordScorer(query, Layout, distances), cancellationToken);
    }

    /// <summary>Reads raw records (without checksum), one after the other.</summary>
    /// <param name="slots">Slots, ascending, each once.</param>
    /// <param name="records">Receives slot count * <see cref="DenseRecordLayout.RecordBytes"/> bytes.</param>
    /// <param name="cancellationToken">Looked at before each read.</param>
    /// <returns>What it took.</returns>
    /// <exception cref="CorruptBlobException">A record is not what was written.</exception>
    /// <exception cref="BlobStoreException">The store failed.</exception>
    public ValueTask<DenseReadCost> ReadAsync(ReadOnlyMemory<int> slots, Memory<byte> records, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(records.Length, (long)slots.Length * Layout.RecordBytes, nameof(records));
        return VisitAsync(slots, new RecordCopier(Layout.RecordBytes, records), cancellationToken);
    }

    /// <summary>Reads the file from its front, so that caches have it; nothing is checked or kept here.</summary>
    /// <param name="maxBytes">Most bytes to read.</param>
    /// <param name="cancellationToken">Looked at before each read.</param>
    /// <returns>Bytes read.</returns>
    /// <exception cref="BlobStoreException">The store failed.</exception>
    public async Task<long> WarmAsync(long maxBytes, CancellationToken cancellationToken)
    {
        long length = Math.Min(maxBytes, _file.LengthBytes);
        var limits = new ParallelOptions { MaxDegreeOfParallelism = _file.IsLocal ? 1 : WarmReadsInFlight, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(Pieces(length), limits, async (piece, token) =>
        {
            byte[] buffer = ArrayPool<byte>.Shared.Rent(piece.Bytes);
            try
            {
                await _file.ReadAsync(piece.Offset, buffer.AsMemory(0, piece.Bytes), token).ConfigureAwait(false);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }).ConfigureAwait(false);
        return Math.Max(0, length);

        static IEnumerable<(long Offset, int Bytes)> Pieces(long length)
        {
            for (long offset = 0; offset < length; offset += RemoteMostBytes)
            {
                yield return (offset, (int)Math.Min(RemoteMostBytes, length - offset));
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    internal ValueTask<DenseReadCost> VisitAsync<TVisitor>(
        ReadOnlyMemory<int> slots, TVisitor visitor, CancellationToken cancellationToken)
        where TVisitor : struct, IRecordVisitor
    {
        CheckSlots(slots.Span);
        return _file.IsLocal
            ? ValueTask.FromResult(VisitLocal(slots.Span, visitor, cancellationToken))
            : VisitRemoteAsync(slots, visitor, cancellationToken);
    }

    private DenseReadCost VisitLocal<TVisitor>(ReadOnlySpan<int> slots, TVisitor visitor, CancellationToken cancellationToken)
        where TVisitor : struct, IRecordVisitor
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(Math.Max(LocalMostBytes, Layout.StrideBytes));
        try
        {
            long bytes = 0;
            int reads = 0;
            int leaf = 0;
            for (int next = 0; next < slots.Length; reads++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                DenseRange range = DenseRange.Next(_header, slots, next, leaf, LocalGapBytes, LocalMostBytes);
                _file.ReadLocal(range.Offset, buffer.AsSpan(0, range.Bytes));
                VisitRange(range, slots, buffer, visitor);
                bytes += range.Bytes;
                next += range.Count;
                leaf = range.Leaf;
            }

            return new DenseReadCost(slots.Length, bytes, reads);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async ValueTask<DenseReadCost> VisitRemoteAsync<TVisitor>(
        ReadOnlyMemory<int> slots, TVisitor visitor, CancellationToken cancellationToken)
        where TVisitor : struct, IRecordVisitor
    {
        var ranges = new List<DenseRange>();
        int gapBytes = _file.IsCached ? CachedGapBytes : RemoteGapBytes;
        int leaf = 0;
        for (int next = 0; next < slots.Length;)
        {
            DenseRange range = DenseRange.Next(_header, slots.Span, next, leaf, gapBytes, RemoteMostBytes);
            ranges.Add(range);
            next += range.Count;
            leaf = range.Leaf;
        }

        var limits = new ParallelOptions { MaxDegreeOfParallelism = MaxReadsInFlight, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(ranges, limits, async (range, token) =>
        {
            byte[] buffer = ArrayPool<byte>.Shared.Rent(range.Bytes);
            try
            {
                await _file.ReadAsync(range.Offset, buffer.AsMemory(0, range.Bytes), token).ConfigureAwait(false);
                try
                {
                    VisitRange(range, slots.Span, buffer, visitor);
                }
                catch (CorruptBlobException) when (_file.TryForget(range.Offset, range.Bytes))
                {
                    // The bytes may have been damaged on their way into the cache: once more, from the store.
                    await _file.ReadAsync(range.Offset, buffer.AsMemory(0, range.Bytes), token).ConfigureAwait(false);
                    VisitRange(range, slots.Span, buffer, visitor);
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }).ConfigureAwait(false);
        return new DenseReadCost(slots.Length, ranges.Sum(range => (long)range.Bytes), ranges.Count);
    }

    private void VisitRange<TVisitor>(DenseRange range, ReadOnlySpan<int> slots, ReadOnlySpan<byte> bytes, TVisitor visitor)
        where TVisitor : struct, IRecordVisitor
    {
        int recordBytes = Layout.RecordBytes;
        int leaf = range.Leaf;
        for (int i = range.First; i < range.First + range.Count; i++)
        {
            int slot = slots[i];
            leaf = _header.LeafOf(slot, leaf);
            long offset = _header.OffsetOf(slot, leaf);
            ReadOnlySpan<byte> record = bytes.Slice((int)(offset - range.Offset), Layout.StrideBytes);
            uint stored = BinaryPrimitives.ReadUInt32LittleEndian(record[recordBytes..]);
            record = record[..recordBytes];
            uint computed = RecordChecksum.Compute(slot, record);
            if (stored != computed)
            {
                throw new CorruptBlobException(BlobName, offset, $"crc32c {stored:x8} over slot {slot} and its record", $"{computed:x8}");
            }

            visitor.Visit(i, record);
        }
    }

    private void CheckSlots(ReadOnlySpan<int> slots)
    {
        int previous = -1;
        foreach (int slot in slots)
        {
            if (slot <= previous || slot >= SlotCount)
            {
                throw new ArgumentException($"slots must ascend and be below {SlotCount}: {slot} after {previous}", nameof(slots));
            }

            previous = slot;
        }
    }
}
