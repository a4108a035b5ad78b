using Bigrain.Training.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace Bigrain.Training.Quantisation;

/// <summary>A rotation and codebooks that were fitted to each other (OPQ): the start of stage S.</summary>
/// <remarks>Ge, He, Ke and Sun 2013, "Optimized Product Quantization", the non-parametric form: words are fitted to the rotated
/// vectors, then the rotation to the words, in turn.</remarks>
/// <param name="Rotation">R; shape <c>[d, d]</c>; the rotated vector is R x.</param>
/// <param name="Codebooks">Codebooks in the rotated space.</param>
/// <param name="OrthogonalityError">Largest deviation of R Rt from the identity.</param>
/// <param name="SquaredErrors">Mean squared distance of a sampled vector from what its code stands for, after each round.</param>
public sealed record OptimisedRotation(
    Matrix Rotation,
    ProductCodebooks Codebooks,
    double OrthogonalityError,
    IReadOnlyList<double> SquaredErrors)
{
    /// <summary>Lloyd's rounds for each round of the rotation.</summary>
    private const int RoundsBetween = 2;

    /// <summary>Fits a rotation and codebooks.</summary>
    /// <param name="documents">Vectors, one a row.</param>
    /// <param name="options">Settings.</param>
    /// <param name="random">Source of the sample and of the start.</param>
    /// <param name="threads">Threads to use; the result does not depend on it.</param>
    /// <param name="cancellation">Stops between rounds.</param>
    public static OptimisedRotation Train(
        Matrix documents,
        RotationOptions options,
        SeededRandom random,
        int threads = MatrixProduct.DefaultThreads,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(documents);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(random);
        ArgumentOutOfRangeException.ThrowIfLessThan(documents.Rows, 1, nameof(documents));
        var sample = documents.Rows <= options.MaxSampleRows
            ? documents
            : documents.Gather(random.Sample(documents.Rows, options.MaxSampleRows));
        var rotation = StartOf(sample, options, random, threads);
        var rotated = MatrixProduct.MultiplyTransposed(sample, rotation, threads);
        var codebooks = new ProductCodebooks(documents.Columns, options.SubspaceCount, options.Bits);
        SubspaceLloyd.Start(rotated, codebooks, random);
        var lloyd = new SubspaceLloyd(rotated, threads);
        lloyd.Run(codebooks, options.WordRounds, random, cancellation);

        var errors = new List<double>();
        for (var round = 0; round < options.Rounds; round++)
        {
            cancellation.ThrowIfCancellationRequested();
            lloyd.Assign(codebooks, cancellation);
            var values = lloyd.Reconstruct(codebooks);
            errors.Add(SquaredError(rotated, values));
            rotation = Nearest(MatrixProduct.TransposedMultiply(values, sample, threads));
            rotated = MatrixProduct.MultiplyTransposed(sample, rotation, threads);
            lloyd = new SubspaceLloyd(rotated, threads);
            lloyd.Run(codebooks, RoundsBetween, random, cancellation);
        }

        lloyd.Run(codebooks, options.WordRounds, random, cancellation);
        lloyd.Assign(codebooks, cancellation);
        errors.Add(SquaredError(rotated, lloyd.Reconstruct(codebooks)));
        return new OptimisedRotation(rotation, codebooks, Deviation(rotation), errors);
    }

    private static Matrix StartOf(Matrix sample, RotationOptions options, SeededRandom random, int threads) => options.Start switch
    {
        RotationStart.Identity => Matrix.Identity(sample.Columns),
        RotationStart.Random => RandomRotation(sample.Columns, random),
        RotationStart.Principal => PrincipalRotation(sample, options.SubspaceCount, threads),
        _ => throw new ArgumentOutOfRangeException(nameof(options), options.Start, "unknown start of the rotation"),
    };

    private static Matrix RandomRotation(int dimension, SeededRandom random)
    {
        var gaussian = new Matrix(dimension, dimension);
        for (var i = 0; i < gaussian.Values.Length; i++)
        {
            gaussian.Values[i] = (float)random.Gaussian();
        }

        return FromMathNet(ToMathNet(gaussian).QR().Q);
    }

    /// <summary>Principal axes, the strongest first, each to the subspace of the smallest product of variances that has room.</summary>
    private static Matrix PrincipalRotation(Matrix sample, int subspaces, int threads)
    {
        var dimension = sample.Columns;
        var mean = new double[dimension];
        for (var row = 0; row < sample.Rows; row++)
        {
            for (var i = 0; i < dimension; i++)
            {
                mean[i] += sample.Row(row)[i] / (double)sample.Rows;
            }
        }

        var second = MatrixProduct.TransposedMultiply(sample, sample, threads);
        var covariance = Matrix<double>.Build.Dense(dimension, dimension, (i, j) =>
            ((((double)second.Row(i)[j] + second.Row(j)[i]) / 2) / sample.Rows) - (mean[i] * mean[j]));
        var axes = covariance.Evd(Symmetricity.Symmetric);
        var rotation = new Matrix(dimension, dimension);
        var shape = new ProductCodebooks(dimension, subspaces, 4);
        var (products, used) = (new double[subspaces], new int[subspaces]);
        for (var axis = dimension - 1; axis >= 0; axis--)
        {
            var subspace = Enumerable.Range(0, subspaces).Where(m => used[m] < shape.Width(m)).MinBy(m => products[m]);
            var row = rotation.Row(shape.Start(subspace) + used[subspace]++);
            for (var i = 0; i < dimension; i++)
            {
                row[i] = (float)axes.EigenVectors[i, axis];
            }

            // Logarithms of variances in units of the least one that counts: all positive, so a product grows with each axis.
            var largest = axes.EigenValues[dimension - 1].Real;
            products[subspace] += Math.Log(Math.Max(axes.EigenValues[axis].Real / (largest * 1e-10), 1));
        }

        // A few digits were lost when the axes became floats.
        return Nearest(rotation);
    }

    /// <summary>The orthogonal matrix nearest to a matrix: U Vt of its singular value decomposition.</summary>
    private static Matrix Nearest(Matrix matrix)
    {
        var parts = ToMathNet(matrix).Svd(computeVectors: true);
        return FromMathNet(parts.U * parts.VT);
    }

    private static Matrix<double> ToMathNet(Matrix matrix) =>
        Matrix<double>.Build.Dense(matrix.Rows, matrix.Columns, (i, j) => matrix.Row(i)[j]);

    private static Matrix FromMathNet(Matrix<double> matrix)
    {
        var values = new Matrix(matrix.RowCount, matrix.ColumnCount);
        for (var i = 0; i < values.Rows; i++)
        {
            for (var j = 0; j < values.Columns; j++)
            {
                values.Row(i)[j] = (float)matrix[i, j];
            }
        }

        return values;
    }

    private static double Deviation(Matrix rotation)
    {
        double largest = 0;
        for (var i = 0; i < rotation.Rows; i++)
        {
            for (var j = 0; j <= i; j++)
            {
                double product = i == j ? -1 : 0;
                for (var k = 0; k < rotation.Columns; k++)
                {
                    product += (double)rotation.Row(i)[k] * rotation.Row(j)[k];
                }

                largest = Math.Max(largest, Math.Abs(product));
            }
        }

        return largest;
    }

    private static double SquaredError(Matrix rotated, Matrix values)
    {
        double sum = 0;
        for (var i = 0; i < values.Values.Length; i++)
        {
            double difference = rotated.Values[i] - values.Values[i];
            sum += difference * difference;
        }

        return sum / rotated.Rows;
    }
}
