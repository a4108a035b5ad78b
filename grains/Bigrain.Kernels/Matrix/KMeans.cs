using Bigrain.Kernels.Memory;
using Bigrain.Kernels.Rotation;

namespace Bigrain.Kernels.Matrix;

/// <summary>Seeded k-means over rows of floats: the centroids of leaves and codebooks.</summary>
/// <remarks>Lloyd's rounds from rows drawn at random; a centroid that lost all rows moves into the longest
/// list. Many centroids are trained in two levels: the square root of their number first, then each list is
/// divided in proportion to its size, then rounds over all of them. Balanced training (the default) charges long lists a
/// penalty and moves the centroids of short lists into long ones; on clustered data it leaves no list much beyond
/// twice the mean, at no loss of accuracy. The same rows, options and vector width give the
/// same centroids, whatever the number of threads.</remarks>
public static unsafe class KMeans
{
    private const ulong SampleStream = 0x53414D504C45;
    private const ulong StartStream = 0x5354415254;

    /// <summary>Trains centroids.</summary>
    /// <param name="rows">Training rows, finite; shape <c>[n, d]</c>.</param>
    /// <param name="dimension">Dimension d, at least 1.</param>
    /// <param name="count">Number of centroids k, 1 to n.</param>
    /// <param name="options">Settings; defaults if null.</param>
    /// <param name="cancellation">Stops between rounds.</param>
    /// <returns>Centroids; shape <c>[k, d]</c>.</returns>
    /// <exception cref="ArgumentException"><paramref name="rows"/> is not whole rows, or a row is not finite.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is below 1 or above n.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was signalled.</exception>
    public static float[] Train(
        ReadOnlySpan<float> rows,
        int dimension,
        int count,
        KMeansOptions? options = null,
        CancellationToken cancellation = default)
    {
        options ??= new KMeansOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(dimension, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        var rowCount = MatrixGuards.RowCount(rows.Length, dimension);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, rowCount);

        var wanted = Math.Min((long)count * options.RowsPerCentroid, options.MaxSampleBytes / (sizeof(float) * dimension));
        var sampleCount = (int)Math.Clamp(wanted, count, rowCount);
        using var sample = Draw(rows, rowCount, dimension, sampleCount, options.Seed);
        var centroids = new float[count * dimension];
        if (count < options.TwoLevelsFrom)
        {
            Flat(sample.Pointer, sampleCount, dimension, count, options, options.Seed, centroids, cancellation);
        }
        else
        {
            TwoLevels(sample.Pointer, sampleCount, dimension, count, options, centroids, cancellation);
        }

        return centroids;
    }

    /// <summary>Copies <paramref name="sampleCount"/> rows, in their order, each subset being equally likely.</summary>
    private static AlignedBuffer<float> Draw(
        ReadOnlySpan<float> rows, int rowCount, int dimension, int sampleCount, ulong seed)
    {
        var sample = new AlignedBuffer<float>((nint)sampleCount * dimension);
        var taken = 0;
        for (var i = 0; taken < sampleCount; i++)
        {
            var left = rowCount - i;
            if (SplitMix64.Unit(seed ^ SampleStream, (ulong)i) * left < sampleCount - taken)
            {
                var row = rows.Slice(i * dimension, dimension);
                if (!float.IsFinite(Distances.Norm.Squared(row)))
                {
                    sample.Dispose();
                    throw new ArgumentException($"row {i} is not finite, or longer than a float can square");
                }

                row.CopyTo(sample.Slice((nint)taken * dimension, dimension));
                taken++;
            }
        }

        return sample;
    }

    /// <summary>Starts from random rows and runs the rounds.</summary>
    private static void Flat(
        float* rows,
        int rowCount,
        int dimension,
        int count,
        KMeansOptions options,
        ulong seed,
        Span<float> centroids,
        CancellationToken cancellation)
    {
        var order = new int[rowCount];
        for (var i = 0; i < rowCount; i++)
        {
            order[i] = i;
        }

        for (var i = 0; i < count; i++)
        {
            var other = i + (int)(SplitMix64.Unit(seed ^ StartStream, (ulong)i) * (rowCount - i));
            (order[i], order[other]) = (order[other], order[i]);
            new ReadOnlySpan<float>(rows + ((nint)order[i] * dimension), dimension)
                .CopyTo(centroids.Slice(i * dimension, dimension));
        }

        var rounds = new LloydRounds(rows, rowCount, dimension, count, options);
        rounds.Run(centroids, options.Iterations, cancellation);
    }

    /// <summary>1. Coarse centroids. 2. Their lists. 3. Each list divided. 4. Rounds over all.</summary>
    private static void TwoLevels(
        float* rows,
        int rowCount,
        int dimension,
        int count,
        KMeansOptions options,
        Span<float> centroids,
        CancellationToken cancellation)
    {
        // 1. Coarse centroids, from a part of the rows.
        var groups = (int)Math.Sqrt(count);
        var coarseOptions = options with { TwoLevelsFrom = int.MaxValue, RowsPerCentroid = 2 * options.RowsPerCentroid };
        var coarse = Train(
            new ReadOnlySpan<float>(rows, checked(rowCount * dimension)), dimension, groups, coarseOptions, cancellation);

        // 2. Their lists.
        var lists = new LloydRounds(rows, rowCount, dimension, groups, options);
        lists.Assign(coarse, cancellation);
        var shares = Share(lists.Sizes, count);

        // 3. Each list divided.
        var first = 0;
        for (var group = 0; group < groups; group++)
        {
            var members = lists.Members(group);
            if (shares[group] == 0)
            {
                continue;
            }

            using var part = new AlignedBuffer<float>((nint)members.Length * dimension);
            for (var i = 0; i < members.Length; i++)
            {
                new ReadOnlySpan<float>(rows + ((nint)members[i] * dimension), dimension)
                    .CopyTo(part.Slice((nint)i * dimension, dimension));
            }

            Flat(
                part.Pointer,
                members.Length,
                dimension,
                shares[group],
                options,
                SplitMix64.Word(options.Seed, (ulong)group),
                centroids.Slice(first * dimension, shares[group] * dimension),
                cancellation);
            first += shares[group];
        }

        // 4. Rounds over all.
        var rounds = new LloydRounds(rows, rowCount, dimension, count, options);
        rounds.Run(centroids, options.Refinements, cancellation);
    }

    /// <summary>Divides <paramref name="count"/> among lists by size; a share never exceeds its list, an empty list has none.</summary>
    internal static int[] Share(ReadOnlySpan<int> sizes, int count)
    {
        long total = 0;
        foreach (var size in sizes)
        {
            total += size;
        }

        var shares = new int[sizes.Length];
        var left = count;
        for (var i = 0; i < sizes.Length; i++)
        {
            shares[i] = sizes[i] == 0 ? 0 : (int)Math.Max(1, sizes[i] * (long)count / total);
            left -= shares[i];
        }

        // Rounding leaves a few over or short: they go to, or come from, where rows per centroid are most, or least.
        for (; left != 0; left -= Math.Sign(left))
        {
            var best = -1;
            for (var i = 0; i < sizes.Length; i++)
            {
                var possible = left > 0 ? shares[i] < sizes[i] : shares[i] > 1;
                if (possible && (best < 0 || IsBetter(sizes, shares, i, best, left > 0)))
                {
                    best = i;
                }
            }

            shares[best] += Math.Sign(left);
        }

        return shares;
    }

    private static bool IsBetter(ReadOnlySpan<int> sizes, int[] shares, int candidate, int best, bool grow)
    {
        var candidateLoad = (long)sizes[candidate] * shares[best];
        var bestLoad = (long)sizes[best] * shares[candidate];
        return grow ? candidateLoad > bestLoad : candidateLoad < bestLoad;
    }
}
