using Bigrain.Kernels.Rotation;

namespace Bigrain.Kernels.Matrix;

/// <summary>Rounds of assignment and averaging over one set of rows; holds the lists of the last assignment.</summary>
/// <remarks>Sums run over the rows of a list in row order, so that they do not depend on threads.</remarks>
internal sealed unsafe class LloydRounds
{
    private const int AssignChunk = 8_192;
    private const int AverageChunk = 16;

    /// <summary>How fast a list's penalty follows its excess length, in mean squared distances of the list a round.</summary>
    private const float PenaltyStep = 0.15f;

    /// <summary>Under balancing a list of at most this share of the mean gives its centroid away...</summary>
    private const double ShortShare = 0.4;

    /// <summary>...to a list of at least this share of the mean.</summary>
    private const double LongShare = 2;

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

            if (round < iterations - 1)
            {
                UpdatePenalties();
                RepairShort(centroids);
            }
        }
    }

    /// <summary>Finds the list of each row.</summary>
    public void Assign(ReadOnlySpan<float> centroids, CancellationToken cancellation)
    {
        using var groups = _count >= GroupedCentroids.PaysOffFrom
            ? new GroupedCentroids(centroids, _penalties, _count, _dimension)
            : null;
        using var table = groups == null
            ? new CentroidTable(centroids, _penalties, _count, _dimension, CentroidRanking.SquaredL2)
            : null;
        WorkSplit.Run(_rowCount, AssignChunk, _options.Threads, (start, length) =>
        {
            var source = _rows + ((nint)start * _dimension);
            fixed (int* nearest = _nearest)
            fixed (float* distances = _distances)
            {
                groups?.Nearest(source, length, nearest + start, distances + start);
                table?.Nearest(source, _dimension, length, nearest + start, distances + start);
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

    /// <summary>Moves the centroids of empty lists, and under balancing those of very short ones, into the lists that
    /// are longest by then.</summary>
    private void RepairShort(Span<float> centroids)
    {
        var mean = (double)_rowCount / _count;
        var shortest = _options.Balanced ? mean * ShortShare : 0;
        var longEnough = _options.Balanced ? mean * LongShare : 0;
        var donors = Enumerable.Range(0, _count).Where(list => Sizes[list] <= shortest).OrderBy(list => Sizes[list]);
        var lengths = new PriorityQueue<int, (int Shortness, int List)>();
        for (var list = 0; list < _count; list++)
        {
            lengths.Enqueue(list, (-Sizes[list], list));
        }

        foreach (var donor in donors)
        {
            lengths.TryDequeue(out var longest, out var priority);
            var length = -priority.Shortness;
            if (Sizes[donor] > 0 && length < longEnough)
            {
                return;
            }

            // A row somewhere in the list: the next round shares the list between the two.
            var members = Members(longest);
            var row = members[(int)(SplitMix64.Word((ulong)length, (ulong)donor) % (ulong)members.Length)];
            new ReadOnlySpan<float>(_rows + ((nint)row * _dimension), _dimension)
                .CopyTo(centroids.Slice(donor * _dimension, _dimension));
            lengths.Enqueue(longest, (-length / 2, longest));
            if (_penalties.Length > 0)
            {
                _penalties[donor] = _penalties[longest];
            }
        }
    }

    private void UpdatePenalties()
    {
        if (_penalties.Length == 0)
        {
            return;
        }

        // The unit is the list's own mean distance: in a dense region a small penalty moves many rows.
        var mean = (float)_rowCount / _count;
        for (var list = 0; list < _count; list++)
        {
            double total = 0;
            foreach (var row in Members(list))
            {
                total += Math.Max(0, _distances[row] - _penalties[list]);
            }

            var unit = (float)(total / Math.Max(1, Sizes[list])) * PenaltyStep;
            var excess = Math.Clamp((Sizes[list] / mean) - 1, -1, 2);
            _penalties[list] = Math.Max(0, _penalties[list] + (unit * excess));
        }
    }
}
