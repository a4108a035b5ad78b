using System.Runtime.InteropServices;
using Bigrain.Index.Memory;
using Bigrain.Index.Schema;
using Bigrain.Index.Segments;
using Bigrain.Index.Segments.Dense;
using Bigrain.Kernels.Distances;
using Bigrain.Kernels.Memory;

namespace Bigrain.Index.Tails;

/// <summary>Documents of a partition that are durable in the log but not yet in a segment.</summary>
/// <remarks>
/// <para>Append-only: one writer (the partition's apply step) and any number of readers through <see cref="TailView"/>.
/// A row is never removed; a newer row of its id marks it as killed at the ordinal of that newer row, so a view taken
/// before still sees it and a view taken after does not: no query sees a document twice or not at all.</para>
/// <para>Vectors lie in native blocks, ids and payloads in an arena. Freed with the last snapshot that shows it.</para>
/// </remarks>
public sealed class Tail : RefCounted
{
    /// <summary>Ordinal at which a row that is alive was killed.</summary>
    internal const long NotKilled = long.MaxValue;

    private const int BlockTargetBytes = 256 * 1024;
    private const int InitialRowCapacity = 256;

    private readonly Dictionary<ulong, int> _newestByHash = [];
    private readonly ByteArena _arena = new();
    private List<AlignedBuffer<float>> _blocks = [];
    private TailRow[] _rows = new TailRow[InitialRowCapacity];
    private long[] _killedAt = new long[InitialRowCapacity];
    private int _rowCount;
    private int _deadCount;

    /// <summary>Makes an empty tail.</summary>
    /// <param name="representation">What its vectors are.</param>
    public Tail(RepresentationSchema representation)
    {
        Layout = new DenseRecordLayout(representation.DenseType, representation.Dimension);
        Metric = representation.Metric;
        RowsPerBlock = Math.Max(1, BlockTargetBytes / (Dimension * sizeof(float)));
    }

    /// <summary>Elements of a vector.</summary>
    public int Dimension => Layout.Dimension;

    /// <summary>How vectors compare.</summary>
    public Metric Metric { get; }

    /// <summary>Rows appended, killed ones included.</summary>
    public int RowCount => Volatile.Read(ref _rowCount);

    /// <summary>Rows killed by a newer row of their id.</summary>
    public int DeadCount => Volatile.Read(ref _deadCount);

    /// <summary>Log blobs whose rows went in; counts towards the next freeze.</summary>
    public int LogBlobCount { get; internal set; }

    /// <summary>When the first row went in; decides the freeze by age.</summary>
    public DateTimeOffset? FirstRowAt { get; internal set; }

    /// <summary>Bytes held: vector blocks, arena and row tables.</summary>
    public long MemoryBytes { get; private set; }

    /// <summary>Layout of the records that its rows become.</summary>
    internal DenseRecordLayout Layout { get; }

    internal int RowsPerBlock { get; }

    /// <summary>Appends a document.</summary>
    /// <param name="id">Its id, UTF-8.</param>
    /// <param name="idHash">Hash of the id.</param>
    /// <param name="vector">Its vector as little-endian fp32 bytes; <c>4 d</c> of them.</param>
    /// <param name="payload">Its payload as UTF-8 JSON, or empty.</param>
    /// <param name="expiresAt">When it expires, in Unix milliseconds; 0 never.</param>
    /// <param name="version">The write that made it.</param>
    public void Append(
        ReadOnlySpan<byte> id,
        ulong idHash,
        ReadOnlySpan<byte> vector,
        ReadOnlySpan<byte> payload,
        long expiresAt,
        RowVersion version)
    {
        int row = _rowCount;
        if (row == _rows.Length)
        {
            // Readers keep the arrays they took: growing copies, never moves under them.
            Array.Resize(ref _rows, row * 2);
            Array.Resize(ref _killedAt, row * 2);
        }

        Span<float> target = Grow(row);
        MemoryMarshal.Cast<byte, float>(vector).CopyTo(target);
        RoundToRecord(target);
        int previous = _newestByHash.TryGetValue(idHash, out int older) ? older : -1;
        _newestByHash[idHash] = row;
        float inverseNorm = Metric == Metric.Cosine ? 1 / Norm.Euclidean(target) : 1;
        _rows[row] = new TailRow(_arena.Append(id), idHash, _arena.Append(payload), expiresAt, version, inverseNorm, previous);
        _killedAt[row] = NotKilled;
        Volatile.Write(ref _rowCount, row + 1);
        MemoryBytes = ((long)_blocks.Count * RowsPerBlock * Dimension * sizeof(float))
            + _arena.AllocatedBytes + ((long)_rows.Length * (TailRow.SizeBytes + sizeof(long)));
    }

    /// <summary>Kills the living row of an id.</summary>
    /// <param name="id">The id, UTF-8.</param>
    /// <param name="idHash">Its hash.</param>
    /// <param name="ordinal">Ordinal of the row that kills it.</param>
    /// <returns>Whether a row was killed.</returns>
    public bool Kill(ReadOnlySpan<byte> id, ulong idHash, long ordinal)
    {
        int row = Find(id, idHash);
        if (row < 0 || _killedAt[row] != NotKilled)
        {
            return false;
        }

        Volatile.Write(ref _killedAt[row], ordinal);
        Volatile.Write(ref _deadCount, _deadCount + 1);
        return true;
    }

    /// <summary>What a reader may use from now on.</summary>
    /// <param name="ordinal">Ordinal of the last row applied to the partition.</param>
    internal TailView View(long ordinal) => new(this, _rows, _killedAt, _blocks, _rowCount, ordinal);

    /// <summary>The newest row of an id, alive or killed; -1 when there is none. Only for the writer.</summary>
    internal int Find(ReadOnlySpan<byte> id, ulong idHash)
    {
        if (!_newestByHash.TryGetValue(idHash, out int row))
        {
            return -1;
        }

        while (row >= 0 && !_rows[row].Id.Span.SequenceEqual(id))
        {
            row = _rows[row].PreviousWithHash;
        }

        return row;
    }

    /// <summary>Whether a row is alive for the writer.</summary>
    internal bool IsAlive(int row) => _killedAt[row] == NotKilled;

    /// <inheritdoc/>
    protected override void Free()
    {
        foreach (AlignedBuffer<float> block in _blocks)
        {
            block.Dispose();
        }
    }

    // A document reads and scores the same before and after its freeze.
    private void RoundToRecord(Span<float> vector)
    {
        if (Layout.Type == DenseType.Fp32)
        {
            return;
        }

        byte[] record = new byte[Layout.RecordBytes];
        Layout.Encode(vector, record);
        Layout.Decode(record, vector);
    }

    private Span<float> Grow(int row)
    {
        int block = row / RowsPerBlock;
        if (block == _blocks.Count)
        {
            // A new list, so that a view enumerates one that no longer changes.
            _blocks = [.. _blocks, new AlignedBuffer<float>((nint)RowsPerBlock * Dimension)];
        }

        return _blocks[block].Span.Slice(row % RowsPerBlock * Dimension, Dimension);
    }
}
