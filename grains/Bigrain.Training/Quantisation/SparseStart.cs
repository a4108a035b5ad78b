using Bigrain.Kernels.Matrix;
using Bigrain.Training.Data;
using Bigrain.Training.Numerics;

namespace Bigrain.Training.Quantisation;

/// <summary>What stage S starts from, and what follows from it for every document.</summary>
/// <param name="Rotation">R.</param>
/// <param name="OrthogonalityError">Largest deviation of R Rt from the identity.</param>
/// <param name="Codebooks">Codebooks of step 0.</param>
/// <param name="Centroids">Coarse centroids of step 0; null for none.</param>
/// <param name="Rotated">Documents in the rotated space.</param>
/// <param name="Codes">Codes of step 0, with the coarse lists that stay.</param>
internal sealed record SparseStart(
    Matrix Rotation,
    double OrthogonalityError,
    ProductCodebooks Codebooks,
    Matrix? Centroids,
    Matrix Rotated,
    ProductCodes Codes)
{
    /// <summary>Takes a fitted rotation, and fits coarse centroids to it if they are wanted.</summary>
    public static SparseStart From(
        TrainingSet set, SparseOptions options, OptimisedRotation fitted, SeededRandom random, CancellationToken cancellation)
    {
        var rotated = MatrixProduct.MultiplyTransposed(set.Documents, fitted.Rotation, options.Threads);
        var (codebooks, centroids) = options.CentroidCount == 0
            ? (fitted.Codebooks.Copy(), null)
            : Coarse(rotated, options, random, cancellation);
        return Finish(fitted.Rotation, fitted.OrthogonalityError, codebooks, centroids, rotated, options, cancellation);
    }

    /// <summary>Takes the start of an earlier run out of its state.</summary>
    public static SparseStart From(TrainingSet set, SparseOptions options, SparseState state, CancellationToken cancellation)
    {
        var rotation = new Matrix(state.Rotation, set.Dimension, set.Dimension);
        var shape = options.Start;
        return Finish(
            rotation,
            state.OrthogonalityError,
            new ProductCodebooks(state.StartCodebooks, set.Dimension, shape.SubspaceCount, shape.Bits),
            state.StartCentroids is null
                ? null
                : new Matrix(state.StartCentroids, state.StartCentroids.Length / set.Dimension, set.Dimension),
            MatrixProduct.MultiplyTransposed(set.Documents, rotation, options.Threads),
            options,
            cancellation);
    }

    /// <summary>The model of step 0.</summary>
    public SparseModel ModelOf(RankMetric metric) => new(metric, Rotation, Codebooks, null, Centroids);

    private static SparseStart Finish(
        Matrix rotation,
        double orthogonalityError,
        ProductCodebooks codebooks,
        Matrix? centroids,
        Matrix rotated,
        SparseOptions options,
        CancellationToken cancellation)
    {
        using var encoder = new Encoder(rotation, codebooks, centroids);
        var codes = encoder.EncodeRotated(rotated, lists: null, options.Threads, cancellation);
        return new SparseStart(rotation, orthogonalityError, codebooks, centroids, rotated, codes);
    }

    /// <summary>Coarse centroids by k-means in the rotated space, and codebooks fitted to what they leave over.</summary>
    private static (ProductCodebooks Codebooks, Matrix Centroids) Coarse(
        Matrix rotated, SparseOptions options, SeededRandom random, CancellationToken cancellation)
    {
        var (dimension, count) = (rotated.Columns, Math.Min(options.CentroidCount, rotated.Rows));
        var settings = new KMeansOptions { Seed = random.Word(), Threads = options.Threads };
        var centroids = new Matrix(KMeans.Train(rotated.Values, dimension, count, settings, cancellation), count, dimension);
        var sample = rotated.Rows <= options.Start.MaxSampleRows
            ? rotated.Copy()
            : rotated.Gather(random.Sample(rotated.Rows, options.Start.MaxSampleRows));
        var lists = new int[sample.Rows];
        using (var table = new CentroidTable(centroids.Values, count, dimension))
        {
            table.Nearest(sample.Values, lists);
        }

        Residuals.Subtract(sample.Values, centroids, lists);
        var codebooks = new ProductCodebooks(dimension, options.Start.SubspaceCount, options.Start.Bits);
        SubspaceLloyd.Start(sample, codebooks, random);
        new SubspaceLloyd(sample, options.Threads).Run(codebooks, 2 * options.Start.WordRounds, random, cancellation);
        return (codebooks, centroids);
    }
}
