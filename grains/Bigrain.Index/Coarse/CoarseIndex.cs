using System.Buffers.Binary;
using System.IO.Hashing;
using Bigrain.Index.Blobs;
using Bigrain.Index.Schema;
using Bigrain.Kernels.Memory;

namespace Bigrain.Index.Coarse;

/// <summary>The coarse index of one segment in native memory: leaves, centroids and codes.</summary>
/// <remarks>
/// Immutable after loading; any number of threads may search it. The owner must not dispose it while a search runs.
/// </remarks>
public abstract unsafe class CoarseIndex : IDisposable
{
    private const int ReadBytes = 1 << 20;

    // Kernels read whole vectors, also that of the last element.
    private const int ReadAhead = AlignedBuffer<byte>.AlignmentBytes;

    private readonly CoarseHeader _header;
    private readonly AlignedBuffer<byte> _body;

    private protected CoarseIndex(in CoarseHeader header, AlignedBuffer<byte> body)
    {
        _header = header;
        _body = body;
    }

    /// <summary>Number of slots.</summary>
    public int SlotCount => _header.SlotCount;

    /// <summary>Dimension of the source vectors.</summary>
    public int Dimension => _header.Dimension;

    /// <summary>Number of leaves.</summary>
    public int LeafCount => _header.LeafCount;

    /// <summary>How vectors compare.</summary>
    public Metric Metric => _header.Metric;

    /// <summary>The codec of this segment; never <c>auto</c>.</summary>
    public CodecSpec Codec => _header.Codec;

    /// <summary>Native memory held, in bytes.</summary>
    public long MemoryBytes => Shape.BodyBytes;

    /// <summary>What the memory holds.</summary>
    public abstract CoarseMemory Memory { get; }

    /// <summary>First slot of each leaf and <see cref="SlotCount"/>; shape <c>[LeafCount + 1]</c>.</summary>
    public ReadOnlySpan<int> LeafStarts => new(Body + Shape.LeafStartsOffset, LeafCount + 1);

    private protected ref readonly CoarseHeader Header => ref _header;

    private protected CoarseShape Shape => _header.Shape;

    private protected byte* Body => _body.Pointer;

    /// <summary>First block of each leaf and the number of blocks; coded forms only.</summary>
    private protected ReadOnlySpan<int> LeafBlocks => new(Body + Shape.LeafBlocksOffset, LeafCount + 1);

    private protected float* Centroids => (float*)(Body + Shape.CentroidsOffset);

    /// <summary>Tells what loading a file will take, from its first 128 bytes.</summary>
    /// <param name="header">The first <see cref="HeaderBytes"/> bytes of the file.</param>
    /// <exception cref="CorruptBlobException">Not a header of a coarse file.</exception>
    public static long PriceBytes(ReadOnlySpan<byte> header) => CoarseHeader.Read(header, "coarse").Shape.BodyBytes;

    /// <summary>Bytes of a header.</summary>
    public static int HeaderBytes => CoarseHeader.Size;

    /// <summary>Loads a coarse file; nothing is used before its hash was checked.</summary>
    /// <param name="file">The file, from its first byte; need not seek.</param>
    /// <param name="blobName">Its name, for errors.</param>
    /// <exception cref="CorruptBlobException">The bytes are not what was written.</exception>
    public static CoarseIndex Load(Stream file, string blobName) => Load(file, blobName, tables: null);

    /// <summary>Loads a coarse file of a generation; nothing is used before its hash was checked.</summary>
    /// <param name="file">The file, from its first byte; need not seek.</param>
    /// <param name="blobName">Its name, for errors.</param>
    /// <param name="tables">The generation's tables; null when it has none.</param>
    /// <exception cref="CorruptBlobException">The bytes are not what was written, or codes were made with other tables.</exception>
    public static CoarseIndex Load(Stream file, string blobName, LearnedTables? tables)
    {
        ArgumentNullException.ThrowIfNull(file);
        var hash = new XxHash128();
        Span<byte> headerBytes = stackalloc byte[CoarseHeader.Size];
        ReadWhole(file, headerBytes, 0, blobName);
        CoarseHeader header = CoarseHeader.Read(headerBytes, blobName);
        hash.Append(headerBytes);
        if (header.Codec.Kind == CodecKind.Pq && header.TablesHash != (tables?.Hash ?? 0))
        {
            // Estimates of codes that were made with other tables would be wrong without any sign of it.
            throw new CorruptBlobException(
                blobName, 56, tables is null ? "codes with their tables" : $"codes of tables {tables.Hash:x32}", $"those of {header.TablesHash:x32}");
        }

        if (header.Codec.Kind == CodecKind.Pq && header.IsPlain != (tables?.Model is not null))
        {
            throw new CorruptBlobException(blobName, 4, "plain codes exactly where there is a model", header.IsPlain ? "plain codes" : "others");
        }

        long bodyBytes = header.Shape.BodyBytes;
        var body = new AlignedBuffer<byte>((nint)bodyBytes + ReadAhead);
        try
        {
            for (long offset = 0; offset < bodyBytes; offset += ReadBytes)
            {
                Span<byte> part = body.Slice((nint)offset, (int)Math.Min(ReadBytes, bodyBytes - offset));
                ReadWhole(file, part, CoarseHeader.Size + offset, blobName);
                hash.Append(part);
            }

            CheckTrailer(file, hash, CoarseHeader.Size + bodyBytes, blobName);
            var starts = new ReadOnlySpan<int>(body.Pointer + header.Shape.LeafStartsOffset, header.LeafCount + 1);
            CheckLeafStarts(starts, header.SlotCount, blobName);
            if (header.Codec.Kind == CodecKind.Flat)
            {
                return new FlatIndex(header, body);
            }

            CheckLeafBlocks(new ReadOnlySpan<int>(body.Pointer + header.Shape.LeafBlocksOffset, header.LeafCount + 1), starts, header, blobName);
            return header.IsPlain ? new PlainIndex(header, body, tables!) : new CodedIndex(header, body, tables);
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    /// <summary>First slot of a leaf; <see cref="SlotCount"/> for <paramref name="leaf"/> = <see cref="LeafCount"/>.</summary>
    /// <param name="leaf">The leaf.</param>
    public int LeafStart(int leaf) => LeafStarts[leaf];

    /// <summary>The leaf that holds a slot.</summary>
    /// <param name="slot">The slot.</param>
    public int LeafOfSlot(int slot)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(slot);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(slot, SlotCount);
        ReadOnlySpan<int> starts = LeafStarts;
        int low = 0;
        int high = LeafCount - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if (starts[middle] <= slot)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return low;
    }

    /// <summary>Offers the candidates of this segment to a shortlist.</summary>
    /// <param name="query">The prepared query; its metric and dimension must be this segment's.</param>
    /// <param name="source">Ordinal that the candidates carry.</param>
    /// <param name="deadSlots">Bit per slot, set for dead ones; may be shorter or empty.</param>
    /// <param name="shortlist">Receives them, and gives the threshold.</param>
    /// <param name="cost">Counts are added.</param>
    /// <param name="cancellationToken">Looked at once per leaf.</param>
    public void Search(
        CoarseQuery query, int source, ReadOnlySpan<ulong> deadSlots, Shortlist shortlist, ref SearchCost cost, CancellationToken cancellationToken)
    {
        CheckQuery(query);
        ArgumentNullException.ThrowIfNull(shortlist);
        cost.LeavesTotal += LeafCount;
        if (SlotCount > 0)
        {
            SearchLeaves(query, source, deadSlots, shortlist, ref cost, cancellationToken);
        }

        GC.KeepAlive(this);
    }

    /// <summary>Offers the candidates of this segment to the shortlists of many queries; leaves that several of them
    /// probe are read once.</summary>
    /// <param name="queries">Prepared queries.</param>
    /// <param name="source">Ordinal that the candidates carry.</param>
    /// <param name="deadSlots">Bit per slot, set for dead ones; may be shorter or empty.</param>
    /// <param name="shortlists">One for each query.</param>
    /// <param name="cost">Counts are added.</param>
    /// <param name="cancellationToken">Looked at once per leaf.</param>
    public virtual void SearchBatch(
        ReadOnlySpan<CoarseQuery> queries,
        int source,
        ReadOnlySpan<ulong> deadSlots,
        ReadOnlySpan<Shortlist> shortlists,
        ref SearchCost cost,
        CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(shortlists.Length, queries.Length);
        for (int i = 0; i < queries.Length; i++)
        {
            Search(queries[i], source, deadSlots, shortlists[i], ref cost, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _body.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Offers the candidates of a segment that has slots; the query was checked.</summary>
    private protected abstract void SearchLeaves(
        CoarseQuery query, int source, ReadOnlySpan<ulong> deadSlots, Shortlist shortlist, ref SearchCost cost, CancellationToken cancellationToken);

    private protected void CheckQuery(CoarseQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        if (query.Metric != Metric || query.Vector.Length != Dimension)
        {
            throw new ArgumentException($"query of {query.Vector.Length} dimensions and metric {query.Metric} for an index of {Dimension} and {Metric}", nameof(query));
        }
    }

    private protected static bool IsDead(ReadOnlySpan<ulong> deadSlots, int slot) =>
        (slot >> 6) < deadSlots.Length && ((deadSlots[slot >> 6] >> (slot & 63)) & 1) != 0;

    private static void ReadWhole(Stream file, Span<byte> destination, long offset, string blobName)
    {
        int read = file.ReadAtLeast(destination, destination.Length, throwOnEndOfStream: false);
        if (read < destination.Length)
        {
            throw new CorruptBlobException(blobName, offset + read, $"{destination.Length - read} more bytes", "the end");
        }
    }

    private static void CheckTrailer(Stream file, XxHash128 hash, long offset, string blobName)
    {
        Span<byte> trailer = stackalloc byte[CoarseHeader.TrailerSize];
        ReadWhole(file, trailer, offset, blobName);
        UInt128 expected = BinaryPrimitives.ReadUInt128LittleEndian(trailer);
        UInt128 found = hash.GetCurrentHashAsUInt128();
        if (expected != found)
        {
            throw new CorruptBlobException(blobName, offset, $"xxh128 {expected:x32}", $"{found:x32}");
        }
    }

    private static void CheckLeafStarts(ReadOnlySpan<int> starts, int slotCount, string blobName)
    {
        int previous = 0;
        bool ordered = starts[0] == 0 && starts[^1] == slotCount;
        foreach (int start in starts)
        {
            ordered &= start >= previous;
            previous = start;
        }

        if (!ordered)
        {
            throw new CorruptBlobException(blobName, CoarseHeader.Size, "ascending leaf starts", "others");
        }
    }

    private static void CheckLeafBlocks(ReadOnlySpan<int> blocks, ReadOnlySpan<int> starts, in CoarseHeader header, string blobName)
    {
        bool fits = blocks[0] == 0 && blocks[^1] == header.BlockCount;
        for (int leaf = 0; leaf < header.LeafCount && fits; leaf++)
        {
            fits = blocks[leaf + 1] - blocks[leaf] == CoarseShape.BlocksOf(starts[leaf + 1] - starts[leaf], header.Shape.BlockVectors);
        }

        if (!fits)
        {
            throw new CorruptBlobException(blobName, CoarseHeader.Size + header.Shape.LeafBlocksOffset, "blocks that fit the leaves", "others");
        }
    }
}
