using System.Buffers;
using Bigrain.Kernels.Distances;
using Bigrain.Kernels.Memory;

namespace Bigrain.Kernels.Matrix;

/// <summary>Centroids in the form that finds the nearest ones of a vector, or of a million vectors.</summary>
/// <remarks>Distances come from norms and inner products, |x|^2 - 2 x.c + |c|^2: their error is about 1e-6 of
/// |x|^2 + |c|^2. Equal distances are ordered by centroid number. A vector with NaN belongs to centroid 0.
/// Immutable; safe for concurrent use until disposed. Nothing is allocated by the queries once pooled scratch exists.</remarks>
public sealed unsafe class CentroidTable : IDisposable
{
    private const int BlockRows = 96;

    private readonly PackedMatrix _centroids;

    /// <summary>|c|^2, or 0 under inner product; infinite beyond the last centroid.</summary>
    private readonly AlignedBuffer<float> _offsets;

    /// <summary>Packs centroids.</summary>
    /// <param name="centroids">Centroids; shape <c>[m, d]</c>; copied.</param>
    /// <param name="count">Number of centroids m, at least 1.</param>
    /// <param name="dimension">Dimension d, at least 1.</param>
    /// <param name="ranking">What makes a centroid near.</param>
    /// <exception cref="ArgumentException">A length does not fit, or a centroid is not finite.</exception>
    public CentroidTable(
        ReadOnlySpan<float> centroids,
        int count,
        int dimension,
        CentroidRanking ranking = CentroidRanking.SquaredL2)
        : this(centroids, [], count, dimension, ranking)
    {
    }

    /// <param name="centroids">Centroids; shape <c>[m, d]</c>; copied.</param>
    /// <param name="penalties">Added to the squared distance of each centroid; empty for none.</param>
    /// <param name="count">Number of centroids m, at least 1.</param>
    /// <param name="dimension">Dimension d, at least 1.</param>
    /// <param name="ranking">What makes a centroid near.</param>
    internal CentroidTable(
        ReadOnlySpan<float> centroids,
        ReadOnlySpan<float> penalties,
        int count,
        int dimension,
        CentroidRanking ranking)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        Ranking = ranking;
        _centroids = new PackedMatrix(centroids, count, dimension);
        _offsets = new AlignedBuffer<float>((nint)_centroids.PanelCount * TileKernel.Columns);
        var offsets = _offsets.Span;
        offsets[count..].Fill(float.PositiveInfinity);
        for (var i = 0; i < count; i++)
        {
            var norm = Norm.Squared(centroids.Slice(i * dimension, dimension));
            if (!float.IsFinite(norm))
            {
                Dispose();
                throw new ArgumentException($"centroid {i} is not finite, or longer than a float can square");
            }

            offsets[i] = (ranking == CentroidRanking.SquaredL2 ? norm : 0) + (penalties.IsEmpty ? 0 : penalties[i]);
        }
    }

    /// <summary>Number of centroids m.</summary>
    public int Count => _centroids.Count;

    /// <summary>Dimension d.</summary>
    public int Dimension => _centroids.Dimension;

    /// <summary>What makes a centroid near.</summary>
    public CentroidRanking Ranking { get; }

    /// <summary>Bytes of native memory held.</summary>
    public nint LengthBytes => _centroids.LengthBytes + _offsets.LengthBytes;

    /// <summary>Finds the nearest centroid of each of n vectors.</summary>
    /// <param name="vectors">Vectors; shape <c>[n, d]</c>.</param>
    /// <param name="nearest">Receives n centroid numbers.</param>
    /// <param name="distances">Receives n distances (squared input units, or negative products); empty if not wanted.</param>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    public void Nearest(ReadOnlySpan<float> vectors, Span<int> nearest, Span<float> distances = default)
    {
        MatrixGuards.Shape(vectors.Length, nearest.Length, Dimension);
        if (!distances.IsEmpty)
        {
            MatrixGuards.Shape(distances.Length, nearest.Length, 1);
        }

        fixed (float* source = vectors, scores = distances)
        fixed (int* places = nearest)
        {
            Nearest(source, Dimension, nearest.Length, places, scores);
        }
    }

    /// <summary>Finds the nearest centroid of each of n vectors in native memory.</summary>
    /// <param name="vectors">First vector; the caller answers for n of them being readable.</param>
    /// <param name="stride">Floats from one vector to the next.</param>
    /// <param name="count">Number of vectors n.</param>
    /// <param name="nearest">Receives n centroid numbers.</param>
    /// <param name="distances">Receives n distances; null if not wanted.</param>
    public void Nearest(float* vectors, nint stride, int count, int* nearest, float* distances)
    {
        new Span<int>(nearest, count).Clear();
        if (distances != null)
        {
            new Span<float>(distances, count).Fill(float.PositiveInfinity);
            _centroids.Multiply(vectors, stride, count, new NearestSink(_offsets.Pointer, nearest, distances));
            for (var i = 0; i < count; i++)
            {
                distances[i] = Finish(distances[i], vectors + (i * stride));
            }

            return;
        }

        var scratch = ArrayPool<float>.Shared.Rent(count);
        fixed (float* scores = scratch)
        {
            new Span<float>(scores, count).Fill(float.PositiveInfinity);
            _centroids.Multiply(vectors, stride, count, new NearestSink(_offsets.Pointer, nearest, scores));
        }

        ArrayPool<float>.Shared.Return(scratch);
    }

    /// <summary>Finds the nearest centroids of one vector.</summary>
    /// <param name="vector">Vector; shape <c>[d]</c>.</param>
    /// <param name="nearest">Receives as many centroid numbers as it is long, nearest first.</param>
    /// <param name="distances">Receives their distances; the same length.</param>
    /// <returns>How many were found: the length, or <see cref="Count"/> if that is less (none if the vector holds NaN).</returns>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    public int NearestOfOne(ReadOnlySpan<float> vector, Span<int> nearest, Span<float> distances)
    {
        MatrixGuards.Shape(vector.Length, 1, Dimension);
        MatrixGuards.Shape(distances.Length, nearest.Length, 1);
        var scratch = ArrayPool<float>.Shared.Rent(Count);
        int found;
        _centroids.InnerProductsOfOne(vector, scratch.AsSpan(0, Count));
        fixed (float* scores = scratch, source = vector)
        {
            found = Rank(scores, source, nearest, distances);
        }

        ArrayPool<float>.Shared.Return(scratch);
        return found;
    }

    /// <summary>Finds the nearest centroids of each of n vectors.</summary>
    /// <param name="vectors">Vectors; shape <c>[n, d]</c>.</param>
    /// <param name="perVector">How many for each vector, 1 to <see cref="Count"/>.</param>
    /// <param name="nearest">Receives centroid numbers, nearest first; shape <c>[n, perVector]</c>.</param>
    /// <param name="distances">Receives their distances; the same shape.</param>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="perVector"/> is out of range.</exception>
    /// <remarks>A vector with NaN gets places 0 and distances NaN.</remarks>
    public void NearestMany(ReadOnlySpan<float> vectors, int perVector, Span<int> nearest, Span<float> distances)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(perVector, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(perVector, Count);
        var count = MatrixGuards.RowCount(vectors.Length, Dimension);
        MatrixGuards.Shape(nearest.Length, count, perVector);
        MatrixGuards.Shape(distances.Length, count, perVector);
        var scratch = ArrayPool<float>.Shared.Rent(BlockRows * Count);
        fixed (float* source = vectors, scores = scratch)
        {
            for (var start = 0; start < count; start += BlockRows)
            {
                var rows = Math.Min(BlockRows, count - start);
                _centroids.InnerProducts(source + ((nint)start * Dimension), Dimension, rows, scores, Count);
                for (var row = 0; row < rows; row++)
                {
                    var places = nearest.Slice((start + row) * perVector, perVector);
                    var values = distances.Slice((start + row) * perVector, perVector);
                    var found = Rank(
                        scores + ((nint)row * Count), source + ((nint)(start + row) * Dimension), places, values);
                    places[found..].Clear();
                    values[found..].Fill(float.NaN);
                }
            }
        }

        ArrayPool<float>.Shared.Return(scratch);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _centroids.Dispose();
        _offsets?.Dispose();
    }

    /// <summary>Turns products into scores, picks the smallest and makes distances of them.</summary>
    private int Rank(float* products, float* vector, Span<int> nearest, Span<float> distances)
    {
        ScoreKernel.OffsetMinusTwice(products, _offsets.Pointer, Count);
        var found = SmallestScores.Select(products, Count, nearest, distances);
        var square = Ranking == CentroidRanking.SquaredL2 ? SquareOf(vector) : 0;
        for (var i = 0; i < found; i++)
        {
            distances[i] = Ranking == CentroidRanking.SquaredL2
                ? Math.Max(0, distances[i] + square)
                : distances[i] / 2;
        }

        return found;
    }

    private float Finish(float score, float* vector) =>
        Ranking == CentroidRanking.SquaredL2 ? Math.Max(0, score + SquareOf(vector)) : score / 2;

    private float SquareOf(float* vector) => Norm.Squared(new ReadOnlySpan<float>(vector, Dimension));
}
