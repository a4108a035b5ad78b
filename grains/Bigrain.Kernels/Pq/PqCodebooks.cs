using System.Buffers;
using System.Runtime.Intrinsics;
using Bigrain.Kernels.Distances;
using Bigrain.Kernels.Matrix;
using Bigrain.Kernels.Scan;

namespace Bigrain.Kernels.Pq;

/// <summary>Codebooks of product quantisation: each of M subspaces has 16 or 256 centroids.</summary>
/// <remarks>Subspace m covers dimensions <c>d m / M</c> (rounded down) up to that of m + 1. Immutable, and safe for
/// concurrent use. After Jegou, Douze and Schmid, "Product quantization for nearest neighbor search" (2011).</remarks>
public sealed unsafe class PqCodebooks
{
    private const int Lanes = 16;

    private readonly float[] _centroids;

    /// <summary>Wraps trained codebooks.</summary>
    /// <param name="centroids">For each subspace in turn its dimensions, each with the coordinates of all centroids;
    /// length <c>dimension * 2^bits</c>.</param>
    /// <param name="dimension">Dimension d.</param>
    /// <param name="subspaceCount">Number of subspaces M, at most d.</param>
    /// <param name="bits">4 or 8.</param>
    public PqCodebooks(float[] centroids, int dimension, int subspaceCount, int bits)
    {
        ArgumentNullException.ThrowIfNull(centroids);
        ArgumentOutOfRangeException.ThrowIfLessThan(subspaceCount, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(subspaceCount, dimension);
        if (bits is not (4 or 8))
        {
            throw new ArgumentOutOfRangeException(nameof(bits), bits, "codebooks have 4 or 8 bits");
        }

        ArgumentOutOfRangeException.ThrowIfNotEqual(centroids.Length, dimension << bits);
        _centroids = centroids;
        Dimension = dimension;
        SubspaceCount = subspaceCount;
        Bits = bits;
        LargestLength = MathF.Sqrt(Enumerable.Range(0, subspaceCount).Sum(LargestSquared));
    }

    /// <summary>Dimension d.</summary>
    public int Dimension { get; }

    /// <summary>Number of subspaces M.</summary>
    public int SubspaceCount { get; }

    /// <summary>Bits of a sub-code: 4 or 8.</summary>
    public int Bits { get; }

    /// <summary>Centroids of a subspace.</summary>
    public int CentroidCount => 1 << Bits;

    /// <summary>Length of the longest vector that a code can stand for.</summary>
    public float LargestLength { get; }

    /// <summary>All coordinates, in the order of the constructor.</summary>
    public ReadOnlySpan<float> Centroids => _centroids;

    /// <summary>Trains codebooks by k-means in each subspace.</summary>
    /// <param name="rows">Training rows; shape <c>[n, dimension]</c>, at least as many as centroids.</param>
    /// <param name="dimension">Dimension d.</param>
    /// <param name="subspaceCount">Number of subspaces M.</param>
    /// <param name="bits">4 or 8.</param>
    /// <param name="seed">Seed of the first centroids.</param>
    /// <param name="cancellationToken">Stops between rounds.</param>
    public static PqCodebooks Train(ReadOnlySpan<float> rows, int dimension, int subspaceCount, int bits, ulong seed, CancellationToken cancellationToken)
    {
        int count = rows.Length / dimension;
        int centroidCount = 1 << bits;
        var all = new float[dimension << bits];
        for (int subspace = 0; subspace < subspaceCount; subspace++)
        {
            int start = Start(dimension, subspaceCount, subspace);
            int width = Start(dimension, subspaceCount, subspace + 1) - start;
            var part = new float[count * width];
            for (int row = 0; row < count; row++)
            {
                rows.Slice((row * dimension) + start, width).CopyTo(part.AsSpan(row * width));
            }

            float[] trained = KMeans.Train(
                part,
                width,
                centroidCount,
                new KMeansOptions { Seed = seed + (ulong)subspace, Iterations = 8, Balanced = false, RowsPerCentroid = Math.Max(1, count) },
                cancellationToken);
            for (int centroid = 0; centroid < centroidCount; centroid++)
            {
                for (int i = 0; i < width; i++)
                {
                    all[((start + i) << bits) + centroid] = trained[(centroid * width) + i];
                }
            }
        }

        return new PqCodebooks(all, dimension, subspaceCount, bits);
    }

    /// <summary>Encodes one vector.</summary>
    /// <param name="vector">Shape <c>[d]</c>.</param>
    /// <param name="codes">Receives M codes.</param>
    /// <param name="values">Receives the vector that the codes stand for; shape <c>[d]</c>.</param>
    /// <returns>The factors of the estimate.</returns>
    public CodeFactors Encode(ReadOnlySpan<float> vector, Span<byte> codes, Span<float> values)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(vector.Length, Dimension);
        for (int subspace = 0; subspace < SubspaceCount; subspace++)
        {
            int start = Start(Dimension, SubspaceCount, subspace);
            int end = Start(Dimension, SubspaceCount, subspace + 1);
            int code = Nearest(vector[start..end], start);
            codes[subspace] = (byte)code;
            for (int i = start; i < end; i++)
            {
                values[i] = _centroids[(i << Bits) + code];
            }
        }

        return CodeFactors.Of(Norm.Euclidean(vector), DotProduct.Compute(vector, values), Norm.Squared(values), Dimension);
    }

    /// <summary>Computes the inner products of a query and every centroid.</summary>
    /// <param name="query">Shape <c>[d]</c>.</param>
    /// <param name="products">Receives <c>2^bits</c> values for each subspace.</param>
    public void FillProducts(ReadOnlySpan<float> query, Span<float> products)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(query.Length, Dimension);
        ArgumentOutOfRangeException.ThrowIfNotEqual(products.Length, SubspaceCount << Bits);
        for (int subspace = 0; subspace < SubspaceCount; subspace++)
        {
            Products(query, subspace, products.Slice(subspace << Bits, CentroidCount));
        }
    }

    /// <summary>Fills the look-up table of a query with inner products, rounded to bytes.</summary>
    /// <param name="query">Shape <c>[d]</c>.</param>
    /// <param name="largest">Largest entry: 127 or 255.</param>
    /// <param name="table">Receives <c>2^bits</c> entries for each subspace.</param>
    /// <returns>What undoes the rounding.</returns>
    public TableRounding FillTable(ReadOnlySpan<float> query, int largest, Span<byte> table)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(query.Length, Dimension);
        float[] rented = ArrayPool<float>.Shared.Rent(SubspaceCount << Bits);
        float range = 0;
        float offset = 0;
        for (int subspace = 0; subspace < SubspaceCount; subspace++)
        {
            Span<float> products = rented.AsSpan(subspace << Bits, CentroidCount);
            Products(query, subspace, products);
            (float low, float high) = Extremes(products);
            range = Math.Max(range, high - low);
            offset += low;
        }

        float step = range > 0 ? range / largest : 1;
        var scale = Vector512.Create(1 / step);
        for (int subspace = 0; subspace < SubspaceCount; subspace++)
        {
            ReadOnlySpan<float> products = rented.AsSpan(subspace << Bits, CentroidCount);
            var low = Vector512.Create(Extremes(products).Low);
            Span<byte> entries = table.Slice(subspace << Bits, CentroidCount);
            for (int i = 0; i < CentroidCount; i += Lanes)
            {
                var whole = Vector512.ConvertToInt32(((Vector512.Create<float>(products[i..]) - low) * scale) + Vector512.Create(0.5f));
                whole = Vector512.Min(whole, Vector512.Create(largest));
                Vector512.Narrow(Vector512.Narrow(whole, whole).AsUInt16(), Vector512<ushort>.Zero).GetLower().GetLower().CopyTo(entries[i..]);
            }
        }

        ArrayPool<float>.Shared.Return(rented);
        return new TableRounding(step, offset, range > 0 ? 3 * step * MathF.Sqrt(SubspaceCount / 12f) : 0);
    }

    private static int Start(int dimension, int subspaceCount, int subspace) => (int)((long)dimension * subspace / subspaceCount);

    private static (float Low, float High) Extremes(ReadOnlySpan<float> values)
    {
        var low = Vector512.Create<float>(values);
        var high = low;
        for (int i = Lanes; i < values.Length; i += Lanes)
        {
            var part = Vector512.Create<float>(values[i..]);
            low = Vector512.Min(low, part);
            high = Vector512.Max(high, part);
        }

        return (Lowest(low), -Lowest(-high));
    }

    private static float Lowest(Vector512<float> values)
    {
        var half = Vector256.Min(values.GetLower(), values.GetUpper());
        var quarter = Vector128.Min(half.GetLower(), half.GetUpper());
        return Math.Min(Math.Min(quarter[0], quarter[1]), Math.Min(quarter[2], quarter[3]));
    }

    private void Products(ReadOnlySpan<float> query, int subspace, Span<float> products)
    {
        int start = Start(Dimension, SubspaceCount, subspace);
        int end = Start(Dimension, SubspaceCount, subspace + 1);
        fixed (float* centroids = _centroids)
        fixed (float* values = query)
        fixed (float* destination = products)
        {
            for (int group = 0; group < CentroidCount; group += Lanes)
            {
                var sum = Vector512<float>.Zero;
                for (int i = start; i < end; i++)
                {
                    sum = Vector512.MultiplyAddEstimate(Vector512.Create(values[i]), Vector512.Load(centroids + (i << Bits) + group), sum);
                }

                sum.Store(destination + group);
            }
        }
    }

    private int Nearest(ReadOnlySpan<float> part, int start)
    {
        fixed (float* centroids = _centroids)
        {
            var best = Vector512.Create(float.PositiveInfinity);
            var places = Vector512<int>.Zero;
            for (int group = 0; group < CentroidCount; group += Lanes)
            {
                var sum = Vector512<float>.Zero;
                for (int i = 0; i < part.Length; i++)
                {
                    var difference = Vector512.Create(part[i]) - Vector512.Load(centroids + ((start + i) << Bits) + group);
                    sum = Vector512.MultiplyAddEstimate(difference, difference, sum);
                }

                var closer = Vector512.LessThan(sum, best);
                best = Vector512.ConditionalSelect(closer, sum, best);
                places = Vector512.ConditionalSelect(closer.AsInt32(), Vector512.Create(group) + Vector512<int>.Indices, places);
            }

            int place = 0;
            for (int i = 1; i < Lanes; i++)
            {
                place = best[i] < best[place] ? i : place;
            }

            return places[place];
        }
    }

    private float LargestSquared(int subspace)
    {
        int start = Start(Dimension, SubspaceCount, subspace);
        int end = Start(Dimension, SubspaceCount, subspace + 1);
        float largest = 0;
        for (int centroid = 0; centroid < CentroidCount; centroid++)
        {
            float squared = 0;
            for (int i = start; i < end; i++)
            {
                float value = _centroids[(i << Bits) + centroid];
                squared += value * value;
            }

            largest = Math.Max(largest, squared);
        }

        return largest;
    }
}
