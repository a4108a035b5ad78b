namespace Bigrain.Kernels.Matrix;

/// <summary>Rounds of assignment and averaging over one set of rows; holds the lists of the last assignment.</summary>
/// <remarks>Sums run over the rows of a list in row order, so that they do not depend on threads.</remarks>
internal sealed unsafe class LloydRounds
{
    private const int AssignChunk = 4_096;
    private const int AverageChunk = 16;

    /// <summary>How fast a list's penalty follows its excess length, in mean squared distances a round.</summary>
    private const float PenaltyStep = 0.15f;

    private readonly float* _rows;
    private readonly int _rowCount;
    private readonly int _dimension;
    private readonly int _count;
    private readonly KMeansOptions _options;
    private readonly int[] _nearest;
    private readonly float[] _distances;
    private readonly int[] _starts;
    private readonly int[] _members;
    private readonly float[] _penalties;

    /// <summary>Prepares rounds for <paramref name="count"/> centroids over rows that the caller keeps alive.</summary>
    public LloydRounds(float* rows, int rowCount, int dimension, int count, KMeansOptions options)
    {
        _rows = rows;
        (_rowCount, _dimension, _count, _options) = (rowCount, dimension, count, options);
        _nearest = new int[rowCount];
        _distances = new float[rowCount];
        _members = new int[rowCount];
        _starts = new int[count + 1];
        _penalties = options.Balanced ? new float[count] : [];
        Sizes = new int[count];
    }

    /// <summary>Rows of each list.</summary>
    public int[] Sizes { get; }

    /// <summary>Row numbers of a list, ascending.</summary>
    public ReadOnlySpan<int> Members(int list) => _members.AsSpan(_starts[list], Sizes[list]);

    public void Run(Span<float> centroids, int iterations, CancellationToken cancellation)
    {
        for (var round = 0; round < iterations; round++)
        {
            cancellation.ThrowIfCancellationRequested();
            Assign(centroids, cancellation);
            fixed (float* target = centroids)
            {
                Average((nint)target, cancellation);
            }

            RepairEmpty(centroids);
            UpdatePenalties();
        }
    }

    /// <summary>Finds the list of each row.</summary>
    public void Assign(ReadOnlySpan<float> centroids, CancellationToken cancellation)
    {
        using var table = new CentroidTable(centroids, _penalties, _count, _dimension, CentroidRanking.SquaredL2);
        WorkSplit.Run(_rowCount, AssignChunk, _options.Threads, (start, length) =>
        {
            fixed (int* nearest = _nearest)
            fixed (float* distances = _distances)
            {
                table.Nearest(
                    _rows + ((nint)start * _dimension), _dimension, length, nearest + start, distances + start);
            }
        }, cancellation);

        Array.Clear(Sizes);
        foreach (var list in _nearest)
        {
            Sizes[list]++;
        }

        for (var list = 0; list < _count; list++)
        {
            _starts[list + 1] = _starts[list] + Sizes[list];
        }

        var next = _starts.AsSpan(0, _count).ToArray();
        for (var row = 0; row < _rowCount; row++)
        {
            _members[next[_nearest[row]]++] = row;
        }
    }

    private void Average(nint centroids, CancellationToken cancellation) =>
        WorkSplit.Run(_count, AverageChunk, _options.Threads, (start, length) =>
        {
            for (var list = start; list < start + length; list++)
            {
                if (Sizes[list] == 0)
                {
                    continue;
                }

                var centroid = (float*)centroids + ((nint)list * _dimension);
                new Span<float>(centroid, _dimension).Clear();
                foreach (var row in Members(list))
                {
                    ScoreKernel.AddRow(centroid, _rows + ((nint)row * _dimension), _dimension);
                }

                var factor = 1f / Sizes[list];
                for (var i = 0; i < _dimension; i++)
                {
                    centroid[i] *= factor;
                }
            }
        }, cancellation);

    /// <summary>Gives each empty list the farthest row of the list that is longest by then.</summary>
    private void RepairEmpty(Span<float> centroids)
    {
        var sizes = (int[])Sizes.Clone();
        for (var list = 0; list < _count; list++)
        {
            if (Sizes[list] != 0)
            {
                continue;
            }

            var longest = Array.IndexOf(sizes, sizes.Max());
            var farthest = -1;
            foreach (var row in Members(longest))
            {
                if (_distances[row] >= 0 && (farthest < 0 || _distances[row] > _distances[farthest]))
                {
                    farthest = row;
                }
            }

            if (farthest < 0)
            {
                return;
            }

            new ReadOnlySpan<float>(_rows + ((nint)farthest * _dimension), _dimension)
                .CopyTo(centroids.Slice(list * _dimension, _dimension));
            _distances[farthest] = -1;
            sizes[list] = sizes[longest] / 2;
            sizes[longest] -= sizes[list];
        }
    }

    private void UpdatePenalties()
    {
        if (_penalties.Length == 0)
        {
            return;
        }

        double total = 0;
        foreach (var distance in _distances)
        {
            total += Math.Max(0, distance);
        }

        var unit = (float)(total / _rowCount) * PenaltyStep;
        var mean = (float)_rowCount / _count;
        for (var list = 0; list < _count; list++)
        {
            var excess = Math.Clamp((Sizes[list] / mean) - 1, -1, 2);
            _penalties[list] = Math.Max(0, _penalties[list] + (unit * excess));
        }
    }
}
