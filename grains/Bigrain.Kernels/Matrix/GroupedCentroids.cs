using System.Buffers;
using Bigrain.Kernels.Distances;
using Bigrain.Kernels.Memory;

namespace Bigrain.Kernels.Matrix;

/// <summary>Thousands of centroids in groups, for assigning many vectors: only the nearest groups of a vector are searched.</summary>
/// <remarks>Approximate: a few vectors in a hundred get a centroid that is slightly farther than the nearest one. Costs
/// about an eighth of the products of <see cref="CentroidTable.Nearest(ReadOnlySpan{float}, Span{int}, Span{float})"/>
/// at 4,096 centroids; pays off from <see cref="PaysOffFrom"/> on. Squared distance only. The result for a vector does
/// not depend on its neighbours. Immutable; safe for concurrent use until disposed.</remarks>
public sealed unsafe class GroupedCentroids : IDisposable
{
    /// <summary>From how many centroids on groups are faster than a full search.</summary>
    public const int PaysOffFrom = 2_048;

    private const int Probes = 8;
    private const int BatchRows = 512;
    private const int ChunkRows = 8_192;
    private const ulong GroupSeed = 0x47524F555053;

    private readonly CentroidTable _centers;
    private readonly Group[] _groups;

    /// <summary>Groups centroids by k-means over themselves.</summary>
    /// <param name="centroids">Centroids; shape <c>[m, d]</c>; copied.</param>
    /// <param name="count">Number of centroids m, at least 1.</param>
    /// <param name="dimension">Dimension d, at least 1.</param>
    /// <exception cref="ArgumentException">A length does not fit, or a centroid is not finite.</exception>
    public GroupedCentroids(ReadOnlySpan<float> centroids, int count, int dimension)
        : this(centroids, [], count, dimension)
    {
    }

    /// <param name="centroids">Centroids; shape <c>[m, d]</c>; copied.</param>
    /// <param name="penalties">Added to the squared distance of each centroid; empty for none.</param>
    /// <param name="count">Number of centroids m, at least 1.</param>
    /// <param name="dimension">Dimension d, at least 1.</param>
    internal GroupedCentroids(
        ReadOnlySpan<float> centroids, ReadOnlySpan<float> penalties, int count, int dimension)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        MatrixGuards.Shape(centroids.Length, count, dimension);
        (Count, Dimension) = (count, dimension);
        var groupCount = Math.Max(1, (int)Math.Sqrt(count));
        var options = new KMeansOptions
        {
            Seed = GroupSeed,
            Iterations = 6,
            RowsPerCentroid = count,
            TwoLevelsFrom = int.MaxValue,
        };
        var centers = KMeans.Train(centroids, dimension, groupCount, options);
        _centers = new CentroidTable(centers, groupCount, dimension);
        var groupOf = new int[count];
        _centers.Nearest(centroids, groupOf);
        _groups = new Group[groupCount];
        for (var group = 0; group < groupCount; group++)
        {
            _groups[group] = new Group(centroids, penalties, dimension, groupOf, group);
        }
    }

    /// <summary>Number of centroids m.</summary>
    public int Count { get; }

    /// <summary>Dimension d.</summary>
    public int Dimension { get; }

    /// <summary>Finds a nearest centroid of each of n vectors, among those of the nearest groups.</summary>
    /// <param name="vectors">Vectors; shape <c>[n, d]</c>.</param>
    /// <param name="nearest">Receives n centroid numbers.</param>
    /// <param name="distances">Receives n squared distances; empty if not wanted.</param>
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
            Nearest(source, nearest.Length, places, scores);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _centers.Dispose();
        foreach (var group in _groups)
        {
            group.Dispose();
        }
    }

    /// <summary>The same for contiguous vectors in native memory; distances may be null.</summary>
    internal void Nearest(float* vectors, int count, int* nearest, float* distances)
    {
        var probes = Math.Min(Probes, _groups.Length);
        var chunk = Math.Min(ChunkRows, count);
        var groupOf = ArrayPool<int>.Shared.Rent(chunk * probes);
        var order = ArrayPool<int>.Shared.Rent(chunk * probes);
        var scores = ArrayPool<float>.Shared.Rent(chunk * probes);
        for (var start = 0; start < count; start += chunk)
        {
            var rows = Math.Min(chunk, count - start);
            var source = vectors + ((nint)start * Dimension);
            _centers.NearestMany(
                new ReadOnlySpan<float>(source, rows * Dimension),
                probes,
                groupOf.AsSpan(0, rows * probes),
                scores.AsSpan(0, rows * probes));
            scores.AsSpan(0, rows).Fill(float.PositiveInfinity);
            new Span<int>(nearest + start, rows).Clear();
            SearchGroups(source, groupOf.AsSpan(0, rows * probes), probes, order, nearest + start, scores);
            for (var row = 0; distances != null && row < rows; row++)
            {
                var square = Norm.Squared(new ReadOnlySpan<float>(source + ((nint)row * Dimension), Dimension));
                distances[start + row] = Math.Max(0, scores[row] + square);
            }
        }

        ArrayPool<int>.Shared.Return(groupOf);
        ArrayPool<int>.Shared.Return(order);
        ArrayPool<float>.Shared.Return(scores);
    }

    /// <summary>Sorts the probes by group and searches each group once for all rows that ask for it.</summary>
    private void SearchGroups(
        float* vectors, ReadOnlySpan<int> groupOf, int probes, int[] order, int* nearest, float[] scores)
    {
        var starts = new int[_groups.Length + 1];
        foreach (var group in groupOf)
        {
            starts[group + 1]++;
        }

        for (var group = 0; group < _groups.Length; group++)
        {
            starts[group + 1] += starts[group];
        }

        var next = starts.AsSpan().ToArray();
        for (var i = 0; i < groupOf.Length; i++)
        {
            order[next[groupOf[i]]++] = i / probes;
        }

        var batch = ArrayPool<float>.Shared.Rent(BatchRows * Dimension);
        for (var group = 0; group < _groups.Length; group++)
        {
            for (var first = starts[group]; first < starts[group + 1]; first += BatchRows)
            {
                var members = order.AsSpan(first, Math.Min(BatchRows, starts[group + 1] - first));
                _groups[group].Search(vectors, members, batch, nearest, scores);
            }
        }

        ArrayPool<float>.Shared.Return(batch);
    }

    /// <summary>The centroids of one group.</summary>
    private sealed class Group : IDisposable
    {
        private readonly int[] _numbers;
        private readonly PackedMatrix _centroids;
        private readonly AlignedBuffer<float> _offsets;

        public Group(
            ReadOnlySpan<float> centroids, ReadOnlySpan<float> penalties, int dimension, int[] groupOf, int group)
        {
            _numbers = [.. groupOf.Index().Where(item => item.Item == group).Select(item => item.Index)];
            var rows = new float[_numbers.Length * dimension];
            for (var i = 0; i < _numbers.Length; i++)
            {
                centroids.Slice(_numbers[i] * dimension, dimension).CopyTo(rows.AsSpan(i * dimension));
            }

            _centroids = new PackedMatrix(rows, _numbers.Length, dimension);
            _offsets = new AlignedBuffer<float>((nint)_centroids.PanelCount * TileKernel.Columns);
            _offsets.Span.Fill(float.PositiveInfinity);
            for (var i = 0; i < _numbers.Length; i++)
            {
                _offsets[i] = Norm.Squared(rows.AsSpan(i * dimension, dimension))
                    + (penalties.IsEmpty ? 0 : penalties[_numbers[i]]);
            }
        }

        /// <summary>Improves the best centroids of the rows <paramref name="members"/>.</summary>
        public void Search(float* vectors, ReadOnlySpan<int> members, float[] batch, int* nearest, float[] scores)
        {
            var dimension = _centroids.Dimension;
            var places = stackalloc int[BatchRows];
            var best = stackalloc float[BatchRows];
            fixed (float* rows = batch)
            {
                for (var i = 0; i < members.Length; i++)
                {
                    new ReadOnlySpan<float>(vectors + ((nint)members[i] * dimension), dimension)
                        .CopyTo(new Span<float>(rows + ((nint)i * dimension), dimension));
                    (places[i], best[i]) = (-1, scores[members[i]]);
                }

                _centroids.Multiply(rows, dimension, members.Length, new NearestSink(_offsets.Pointer, places, best));
            }

            for (var i = 0; i < members.Length; i++)
            {
                if (places[i] >= 0)
                {
                    (nearest[members[i]], scores[members[i]]) = (_numbers[places[i]], best[i]);
                }
            }
        }

        public void Dispose()
        {
            _centroids.Dispose();
            _offsets.Dispose();
        }
    }
}
