using Bigrain.Training.Heads;
using Bigrain.Training.Losses;
using Bigrain.Training.Numerics;

namespace Bigrain.Training.Quantisation;

/// <summary>The loss of stage S on a batch, and its gradient by hand.</summary>
/// <param name="options">Settings; temperatures are resolved.</param>
/// <param name="rotation">R.</param>
/// <param name="queries">Queries as they came.</param>
/// <param name="rotated">Documents in the rotated space.</param>
/// <param name="frozen">Codes that stay; null if each step finds the nearest words.</param>
/// <param name="lists">Coarse list of each document; null without coarse centroids.</param>
internal sealed class SparseObjective(
    SparseOptions options,
    Matrix rotation,
    Matrix queries,
    Matrix rotated,
    ProductCodes? frozen,
    int[]? lists)
{
    /// <summary>Computes losses and gradients: 1. queries, 2. codes, 3. scores, 4. losses, 5. back to the parameters.</summary>
    /// <param name="parameters">Parameters; not changed.</param>
    /// <param name="batch">The batch.</param>
    /// <param name="coarseWeight">Weight of the coarse loss; from the losses so far where they are given.</param>
    public SparseGradients Compute(SparseParameters parameters, SparseBatch batch, Func<double, double, double> coarseWeight)
    {
        var (codebooks, centroids, head) = parameters;

        // 1. Queries in the rotated space.
        var plain = queries.Gather(batch.Queries);
        var pass = head?.Forward(plain, options.Threads);
        var search = MatrixProduct.MultiplyTransposed(pass?.Output ?? plain, rotation, options.Threads);

        // 2. Codes of the documents, and what they stand for.
        var targets = rotated.Gather(batch.Documents);
        var columnLists = lists is null ? null : Array.ConvertAll(batch.Documents, document => lists[document]);
        var parts = columnLists is null ? targets : targets.Copy();
        if (columnLists is not null)
        {
            Residuals.Subtract(parts.Values, centroids!, columnLists);
        }

        var codes = CodesOf(codebooks, batch, parts);
        var values = Decode(codebooks, codes, centroids, columnLists);

        // 3. and 4. Scores, losses, and the gradient in the scores.
        var scores = MatrixProduct.MultiplyTransposed(search, values, options.Threads);
        var slope = new Matrix(scores.Rows, scores.Columns);
        var loss = LossOf(scores, plain, targets, batch, slope);

        // 5. Back to words and queries.
        var valueSlope = MatrixProduct.TransposedMultiply(slope, search, options.Threads);
        var searchSlope = MatrixProduct.Multiply(slope, values, options.Threads);
        loss += Reconstruction(targets, values, valueSlope);
        var (coarseLoss, centroidSlope) = (0.0, (float[]?)null);
        if (columnLists is not null)
        {
            (coarseLoss, centroidSlope) = Coarse(centroids!, columnLists, search, batch, searchSlope, loss, coarseWeight);
            AddByList(centroidSlope, valueSlope, columnLists);
        }

        var codebookSlope = Scatter(codebooks, codes, valueSlope);
        if (options.Assignment == AssignmentKind.StraightThrough)
        {
            SoftAssignment.AddGradient(codebooks, parts, valueSlope, options.AssignmentTemperature, codebookSlope, options.Threads);
        }

        return new SparseGradients(loss, coarseLoss, codebookSlope, centroidSlope, HeadSlope(head, pass, searchSlope));
    }

    private static Matrix Decode(ProductCodebooks codebooks, byte[] codes, Matrix? centroids, int[]? columnLists)
    {
        var values = new Matrix(codes.Length / codebooks.SubspaceCount, codebooks.Dimension);
        for (var column = 0; column < values.Rows; column++)
        {
            var value = values.Row(column);
            codebooks.Decode(codes.AsSpan(column * codebooks.SubspaceCount, codebooks.SubspaceCount), value);
            if (columnLists is not null)
            {
                Add(value, centroids!.Row(columnLists[column]));
            }
        }

        return values;
    }

    /// <summary>Adds the slope of each value to the words it is made of, column after column.</summary>
    private static float[] Scatter(ProductCodebooks codebooks, byte[] codes, Matrix valueSlope)
    {
        var sums = new ProductCodebooks(codebooks.Dimension, codebooks.SubspaceCount, codebooks.Bits);
        for (var column = 0; column < valueSlope.Rows; column++)
        {
            ReadOnlySpan<float> slope = valueSlope.Row(column);
            for (var subspace = 0; subspace < sums.SubspaceCount; subspace++)
            {
                var word = sums.Word(subspace, codes[(column * sums.SubspaceCount) + subspace]);
                Add(word, slope.Slice(sums.Start(subspace), word.Length));
            }
        }

        return sums.Values;
    }

    private static void AddByList(float[] centroidSlope, Matrix slope, int[] columnLists)
    {
        for (var column = 0; column < slope.Rows; column++)
        {
            Add(centroidSlope.AsSpan(columnLists[column] * slope.Columns, slope.Columns), slope.Row(column));
        }
    }

    private static void Add(Span<float> sum, ReadOnlySpan<float> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            sum[i] += values[i];
        }
    }

    private byte[] CodesOf(ProductCodebooks codebooks, SparseBatch batch, Matrix parts)
    {
        var codes = new byte[batch.Documents.Length * codebooks.SubspaceCount];
        if (frozen is not null)
        {
            for (var column = 0; column < batch.Documents.Length; column++)
            {
                frozen.Of(batch.Documents[column]).CopyTo(codes.AsSpan(column * codebooks.SubspaceCount));
            }

            return codes;
        }

        using var assigner = new CodeAssigner(codebooks);
        FixedChunks.Run(parts.Rows, 192, options.Threads, (first, count) => assigner.Assign(
            parts.RowRange(first, count), codes.AsSpan(first * codebooks.SubspaceCount, count * codebooks.SubspaceCount)));
        return codes;
    }

    private double LossOf(Matrix scores, Matrix plain, Matrix targets, SparseBatch batch, Matrix slope)
    {
        double loss = 0;
        if (options.LabelShare > 0)
        {
            loss += options.LabelShare * MaskedInfoNce.Compute(
                scores, options.Temperature, batch.Targets, batch.Masked, slope, options.LabelShare, accumulate: true);
        }

        if (options.LabelShare < 1)
        {
            // The teacher is the exact score; a rotation of both sides leaves it as it is.
            var share = 1 - options.LabelShare;
            var exact = MatrixProduct.MultiplyTransposed(
                MatrixProduct.MultiplyTransposed(plain, rotation, options.Threads), targets, options.Threads);
            loss += share * ListNet.Compute(
                exact, options.Temperature, scores, options.Temperature, slope, share, accumulate: true);
        }

        return loss;
    }

    /// <summary>Adds the gradient of the weighted mean squared error and returns its value.</summary>
    private double Reconstruction(Matrix targets, Matrix values, Matrix valueSlope)
    {
        if (options.ReconstructionWeight == 0)
        {
            return 0;
        }

        double sum = 0;
        var factor = (float)(2 * options.ReconstructionWeight / values.Rows);
        for (var i = 0; i < values.Values.Length; i++)
        {
            var difference = values.Values[i] - targets.Values[i];
            sum += (double)difference * difference;
            valueSlope.Values[i] += factor * difference;
        }

        return options.ReconstructionWeight * sum / values.Rows;
    }

    /// <summary>The same loss on the scores of the centroids alone, so that few lists have to be looked into.</summary>
    private (double Loss, float[] CentroidSlope) Coarse(
        Matrix centroids,
        int[] columnLists,
        Matrix search,
        SparseBatch batch,
        Matrix searchSlope,
        double fineLoss,
        Func<double, double, double> coarseWeight)
    {
        var values = centroids.Gather(columnLists);
        var scores = MatrixProduct.MultiplyTransposed(search, values, options.Threads);
        var slope = new Matrix(scores.Rows, scores.Columns);
        var loss = MaskedInfoNce.Compute(scores, options.Temperature, batch.Targets, batch.Masked, slope);
        var weight = (float)coarseWeight(fineLoss, loss);
        for (var i = 0; i < slope.Values.Length; i++)
        {
            slope.Values[i] *= weight;
        }

        var sums = new float[centroids.Values.Length];
        AddByList(sums, MatrixProduct.TransposedMultiply(slope, search, options.Threads), columnLists);
        Add(searchSlope.Values, MatrixProduct.Multiply(slope, values, options.Threads).Values);
        return (loss, sums);
    }

    private float[]? HeadSlope(ResidualHead? head, HeadPass? pass, Matrix searchSlope) =>
        head?.Backward(pass!, MatrixProduct.Multiply(searchSlope, rotation, options.Threads), options.Threads).Values;
}
