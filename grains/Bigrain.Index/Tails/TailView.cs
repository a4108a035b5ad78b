using Bigrain.Index.Coarse;
using Bigrain.Index.Schema;
using Bigrain.Index.Segments;
using Bigrain.Index.Segments.Dense;
using Bigrain.Kernels.Distances;
using Bigrain.Kernels.Memory;

namespace Bigrain.Index.Tails;

/// <summary>A tail as it was at one ordinal: immutable, for any number of readers.</summary>
public sealed class TailView
{
    // Distances of contiguous rows and of single rows may differ by rounding; the bound keeps the cut sound.
    private const float RoundingError = 1e-5f;

    private readonly TailRow[] _rows;
    private readonly long[] _killedAt;
    private readonly List<AlignedBuffer<float>> _blocks;
    private readonly long _ordinal;

    internal TailView(
        Tail tail, TailRow[] rows, long[] killedAt, List<AlignedBuffer<float>> blocks, int rowCount, long ordinal)
    {
        Tail = tail;
        _rows = rows;
        _killedAt = killedAt;
        _blocks = blocks;
        RowCount = rowCount;
        _ordinal = ordinal;
    }

    /// <summary>Rows in the view, killed ones included.</summary>
    public int RowCount { get; }

    internal Tail Tail { get; }

    /// <summary>Whether a row is alive in this view.</summary>
    public bool IsAlive(int row) => Volatile.Read(ref _killedAt[row]) > _ordinal;

    /// <summary>Whether a row was killed after this view was taken; only under the partition's apply lock.</summary>
    internal bool WasKilledSince(int row) => Volatile.Read(ref _killedAt[row]) is > 0 and < Tail.NotKilled && IsAlive(row);

    /// <summary>Whether a row expired at or before <paramref name="now"/>, in Unix milliseconds.</summary>
    public bool IsExpired(int row, long now) => _rows[row].ExpiresAt != 0 && _rows[row].ExpiresAt <= now;

    /// <summary>Document id of a row, UTF-8.</summary>
    public ReadOnlyMemory<byte> IdOf(int row) => _rows[row].Id;

    /// <summary>Hash of a row's id.</summary>
    internal ulong IdHashOf(int row) => _rows[row].IdHash;

    /// <summary>The write that made a row.</summary>
    internal RowVersion VersionOf(int row) => _rows[row].Version;

    /// <summary>When a row expires, in Unix milliseconds; 0 never.</summary>
    internal long ExpiresAtOf(int row) => _rows[row].ExpiresAt;

    /// <summary>Payload of a row, UTF-8 JSON or empty.</summary>
    public ReadOnlyMemory<byte> PayloadOf(int row) => _rows[row].Payload;

    /// <summary>Vector of a row; shape <c>[d]</c>.</summary>
    public ReadOnlySpan<float> VectorOf(int row) =>
        _blocks[row / Tail.RowsPerBlock].Span.Slice(row % Tail.RowsPerBlock * Tail.Dimension, Tail.Dimension);

    /// <summary>The living row of an id, -1 when there is none.</summary>
    public int Find(ReadOnlySpan<byte> id, ulong idHash)
    {
        // Newest first; a linear pass is enough for a lookup that no scan depends on.
        for (int row = RowCount - 1; row >= 0; row--)
        {
            if (_rows[row].IdHash == idHash && IsAlive(row) && _rows[row].Id.Span.SequenceEqual(id))
            {
                return row;
            }
        }

        return -1;
    }

    /// <summary>Scores a row exactly, to the bit as its segment will: from its record.</summary>
    /// <param name="query">The query.</param>
    /// <param name="row">The row.</param>
    internal float Score(DenseQuery query, int row)
    {
        ReadOnlySpan<float> vector = VectorOf(row);
        DenseRecordLayout layout = Tail.Layout;
        if (layout.Type == DenseType.Fp32)
        {
            return RecordScorer.Compute(query, layout, System.Runtime.InteropServices.MemoryMarshal.AsBytes(vector));
        }

        byte[] record = new byte[layout.RecordBytes];
        layout.Encode(vector, record);
        return RecordScorer.Compute(query, layout, record);
    }

    /// <summary>Offers every living row to a shortlist with its exact rank distance.</summary>
    /// <param name="query">The prepared query.</param>
    /// <param name="source">Ordinal that the candidates carry.</param>
    /// <param name="now">Time of the query in Unix milliseconds: rows that expired before are left out.</param>
    /// <param name="shortlist">Receives them.</param>
    /// <param name="cost">Rows scanned are added.</param>
    /// <param name="cancellationToken">Looked at once per block.</param>
    public void Search(
        CoarseQuery query,
        int source,
        long now,
        Shortlist shortlist,
        ref SearchCost cost,
        CancellationToken cancellationToken)
    {
        float[] distances = System.Buffers.ArrayPool<float>.Shared.Rent(Tail.RowsPerBlock);
        try
        {
            for (int first = 0; first < RowCount; first += Tail.RowsPerBlock)
            {
                cancellationToken.ThrowIfCancellationRequested();
                int count = Math.Min(Tail.RowsPerBlock, RowCount - first);
                ReadOnlySpan<float> rows = _blocks[first / Tail.RowsPerBlock].Span[..(count * Tail.Dimension)];
                Span<float> scores = distances.AsSpan(0, count);
                if (Tail.Metric == Metric.L2)
                {
                    SquaredL2.ScanMany(query.Vector, rows, scores);
                }
                else
                {
                    DotProduct.ScanMany(query.Vector, rows, scores);
                }

                for (int i = 0; i < count; i++)
                {
                    int row = first + i;
                    if (!IsAlive(row) || IsExpired(row, now))
                    {
                        continue;
                    }

                    float distance = Tail.Metric == Metric.L2 ? scores[i] : -scores[i] * _rows[row].InverseNorm;
                    shortlist.Add(source, row, distance, MathF.Abs(distance) * RoundingError);
                }

                cost.ExactScanned += count;
            }
        }
        finally
        {
            System.Buffers.ArrayPool<float>.Shared.Return(distances);
        }
    }
}
