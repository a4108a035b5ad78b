using System.Numerics;
using System.Runtime.InteropServices;
using Bigrain.Kernels.Rotation;
using MathNet.Numerics.LinearAlgebra.Double;
using MathNet.Numerics.LinearAlgebra.Factorization;

namespace Bigrain.Training.Text;

/// <summary>Leading right singular vectors of a sparse matrix by subspace iteration from a random start.</summary>
/// <remarks>Halko, Martinsson and Tropp, "Finding structure with randomness" (2011), algorithm 4.4 on the columns' side, closed
/// by a Rayleigh-Ritz step. The same to the bit for the same matrix and seed, whatever the number of processors: work is split in
/// fixed chunks whose sums are added in order.</remarks>
public static class RandomisedSvd
{
    private const int Oversampling = 16;
    private const int ChunkCount = 2;
    private const int BlockColumns = 16;

    /// <summary>Rounds of subspace iteration unless told otherwise.</summary>
    public const int DefaultRounds = 3;

    /// <summary>Finds the leading singular values and right singular vectors.</summary>
    /// <param name="rows">Matrix A; shape <c>[n, m]</c>.</param>
    /// <param name="count">How many, k.</param>
    /// <param name="seed">Seed of the start.</param>
    /// <param name="rounds">Rounds of subspace iteration; each multiplies by A and its transpose.</param>
    /// <returns>Singular values, falling, <c>[k]</c>, and right singular vectors as columns, <c>[m, k]</c>; both end in zeroes where
    /// the matrix has fewer. The largest entry of each vector is positive.</returns>
    public static (double[] Values, double[] Vectors) Compute(SparseRows rows, int count, ulong seed, int rounds = DefaultRounds)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        int height = rows.Columns;
        int width = Math.Min(count + Oversampling, height);

        // 1. A random subspace, turned towards the leading one.
        double[] basis = Gaussian(height * width, seed);
        basis = Orthonormal(basis, height, width);
        for (int round = 0; round < rounds; round++)
        {
            basis = Orthonormal(Gram(rows, basis, width), height, width);
        }

        // 2. Within it, the axes: eigenvectors of Zt At A Z.
        double[] image = Gram(rows, basis, width);
        var small = DenseMatrix.Create(width, width, 0);
        double[] basisColumns = Transposed(basis, height, width);
        double[] imageColumns = Transposed(image, height, width);
        Parallel.For(0, width, i =>
        {
            for (int j = 0; j < width; j++)
            {
                small[i, j] = Dot(basisColumns.AsSpan(i * height, height), imageColumns.AsSpan(j * height, height));
            }
        });
        Evd<double> axes = ((small + small.Transpose()) * 0.5).Evd(MathNet.Numerics.LinearAlgebra.Symmetricity.Symmetric);

        // 3. Back to the columns of A, largest first.
        double[] values = new double[count];
        double[] vectors = new double[height * count];
        for (int k = 0; k < Math.Min(count, width); k++)
        {
            int from = width - 1 - k;
            double square = axes.EigenValues[from].Real;
            values[k] = square > 0 ? Math.Sqrt(square) : 0;
            double[] vector = new double[height];
            for (int j = 0; j < width; j++)
            {
                Add(vector, basisColumns.AsSpan(j * height, height), axes.EigenVectors[j, from]);
            }

            double sign = SignOfLargest(vector);
            for (int i = 0; i < height; i++)
            {
                vectors[(i * count) + k] = sign * vector[i];
            }
        }

        return (values, vectors);
    }

    private static double[] Gaussian(int length, ulong seed)
    {
        double[] values = new double[length];
        for (int i = 0; i < length; i++)
        {
            double radius = Math.Sqrt(-2 * Math.Log(1 - SplitMix64.Unit(seed, (ulong)i * 2)));
            values[i] = radius * Math.Cos(2 * Math.PI * SplitMix64.Unit(seed, ((ulong)i * 2) + 1));
        }

        return values;
    }

    /// <summary>At A Z, row by row of A.</summary>
    private static double[] Gram(SparseRows rows, double[] basis, int width)
    {
        double[][] parts = new double[ChunkCount][];
        int chunk = (rows.Rows + ChunkCount - 1) / ChunkCount;
        Parallel.For(0, ChunkCount, part =>
        {
            double[] sum = new double[basis.Length];
            double[] product = new double[width];
            for (int row = part * chunk; row < Math.Min(rows.Rows, (part + 1) * chunk); row++)
            {
                Array.Clear(product);
                for (int i = rows.Starts[row]; i < rows.Starts[row + 1]; i++)
                {
                    Add(product, basis.AsSpan(rows.Places[i] * width, width), rows.Values[i]);
                }

                for (int i = rows.Starts[row]; i < rows.Starts[row + 1]; i++)
                {
                    Add(sum.AsSpan(rows.Places[i] * width, width), product, rows.Values[i]);
                }
            }

            parts[part] = sum;
        });
        for (int part = 1; part < ChunkCount; part++)
        {
            Add(parts[0], parts[part], 1);
        }

        return parts[0];
    }

    /// <summary>Gram and Schmidt, twice over; a column that depends on those before it becomes zero.</summary>
    /// <remarks>By blocks of columns: a later column is read once a block, not once a column.</remarks>
    private static double[] Orthonormal(double[] matrix, int height, int width)
    {
        double[] columns = Transposed(matrix, height, width);
        for (int round = 0; round < 2; round++)
        {
            double[] before = [.. Enumerable.Range(0, width).Select(j => Norm(Column(j)))];
            for (int block = 0; block < width; block += BlockColumns)
            {
                int end = Math.Min(width, block + BlockColumns);
                int first = block;
                for (int j = first; j < end; j++)
                {
                    Leave(j, first, j);
                    Span<double> column = Column(j);
                    double norm = Norm(column);
                    double scale = norm > before[j] * 1e-12 && norm > 1e-150 ? 1 / norm : 0;
                    for (int i = 0; i < height; i++)
                    {
                        column[i] *= scale;
                    }
                }

                Parallel.For(end, width, j => Leave(j, first, end));
            }
        }

        return Transposed(columns, width, height);

        Span<double> Column(int j) => columns.AsSpan(j * height, height);

        void Leave(int j, int from, int to)
        {
            for (int axis = from; axis < to; axis++)
            {
                Add(Column(j), Column(axis), -Dot(Column(axis), Column(j)));
            }
        }
    }

    private static double Norm(ReadOnlySpan<double> vector) => Math.Sqrt(Dot(vector, vector));

    private static double[] Transposed(double[] matrix, int height, int width)
    {
        double[] result = new double[matrix.Length];
        for (int i = 0; i < height; i++)
        {
            for (int j = 0; j < width; j++)
            {
                result[(j * height) + i] = matrix[(i * width) + j];
            }
        }

        return result;
    }

    private static double SignOfLargest(double[] vector)
    {
        double largest = 0;
        foreach (double value in vector)
        {
            largest = Math.Abs(value) > Math.Abs(largest) ? value : largest;
        }

        return largest < 0 ? -1 : 1;
    }

    private static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        ReadOnlySpan<Vector<double>> left = MemoryMarshal.Cast<double, Vector<double>>(a);
        ReadOnlySpan<Vector<double>> right = MemoryMarshal.Cast<double, Vector<double>>(b);
        Vector<double> sum = Vector<double>.Zero;
        for (int i = 0; i < left.Length; i++)
        {
            sum += left[i] * right[i];
        }

        double total = System.Numerics.Vector.Sum(sum);
        for (int i = left.Length * Vector<double>.Count; i < a.Length; i++)
        {
            total += a[i] * b[i];
        }

        return total;
    }

    private static void Add(Span<double> target, ReadOnlySpan<double> values, double factor)
    {
        Span<Vector<double>> left = MemoryMarshal.Cast<double, Vector<double>>(target);
        ReadOnlySpan<Vector<double>> right = MemoryMarshal.Cast<double, Vector<double>>(values);
        var scale = new Vector<double>(factor);
        for (int i = 0; i < left.Length; i++)
        {
            left[i] += right[i] * scale;
        }

        for (int i = left.Length * Vector<double>.Count; i < target.Length; i++)
        {
            target[i] += values[i] * factor;
        }
    }
}
