using Bigrain.Kernels.Distances;
using Bigrain.Training.Losses;
using Bigrain.Training.Numerics;

namespace Bigrain.Training.Quantisation;

/// <summary>The second path of the straight-through estimator: how the softmax over the words moves with the words.</summary>
/// <remarks>A document stands for its nearest word, but the gradient is that of a mix of all words with the shares
/// softmax(-distance / temperature). The documents are frozen, so the path ends in the words.</remarks>
internal static class SoftAssignment
{
    /// <summary>Mean gap between the squared distances to the nearest word and to the next: where the softmax starts to choose.</summary>
    public static double MeanGap(ProductCodebooks codebooks, Matrix parts)
    {
        double sum = 0;
        for (var subspace = 0; subspace < codebooks.SubspaceCount; subspace++)
        {
            for (var row = 0; row < parts.Rows; row++)
            {
                var part = parts.Row(row).Slice(codebooks.Start(subspace), codebooks.Width(subspace));
                var (best, second) = (float.PositiveInfinity, float.PositiveInfinity);
                for (var word = 0; word < codebooks.WordCount; word++)
                {
                    var distance = SquaredL2.Compute(part, codebooks.Word(subspace, word));
                    (best, second) = distance < best ? (distance, best) : (best, Math.Min(second, distance));
                }

                sum += second - best;
            }
        }

        return Math.Max(1e-12, sum / ((double)codebooks.SubspaceCount * Math.Max(1, parts.Rows)));
    }

    /// <summary>Adds the gradient that reaches the words through their shares.</summary>
    /// <param name="codebooks">Codebooks.</param>
    /// <param name="parts">What was quantised, one row a document.</param>
    /// <param name="valueSlope">Gradient of the loss in what the codes stand for.</param>
    /// <param name="temperature">Divides the distances.</param>
    /// <param name="codebookSlope">Gradient in the words; added to.</param>
    /// <param name="threads">Threads to use: a subspace each.</param>
    public static void AddGradient(
        ProductCodebooks codebooks, Matrix parts, Matrix valueSlope, double temperature, float[] codebookSlope, int threads)
    {
        var sums = new ProductCodebooks(codebookSlope, codebooks.Dimension, codebooks.SubspaceCount, codebooks.Bits);
        FixedChunks.Run(codebooks.SubspaceCount, 1, threads, (subspace, _) =>
        {
            var words = new Matrix(codebooks.Book(subspace).ToArray(), codebooks.WordCount, codebooks.Width(subspace));
            var part = Columns(parts, codebooks, subspace);
            var products = MatrixProduct.MultiplyTransposed(part, words, 1);
            var pull = MatrixProduct.MultiplyTransposed(Columns(valueSlope, codebooks, subspace), words, 1);
            ShareSlopes(products, pull, words, temperature);

            // Gradient of -|y - c|^2 in c is 2 (y - c).
            var toParts = MatrixProduct.TransposedMultiply(pull, part, 1);
            for (var word = 0; word < words.Rows; word++)
            {
                float total = 0;
                for (var row = 0; row < pull.Rows; row++)
                {
                    total += pull.Row(row)[word];
                }

                var sum = sums.Word(subspace, word);
                var mean = toParts.Row(word);
                var place = words.Row(word);
                for (var i = 0; i < sum.Length; i++)
                {
                    sum[i] += (float)(2 / temperature) * (mean[i] - (total * place[i]));
                }
            }
        });
    }

    /// <summary>Turns the slopes in the shares (<paramref name="pull"/>) into slopes in the softmax's inputs, in place.</summary>
    private static void ShareSlopes(Matrix products, Matrix pull, Matrix words, double temperature)
    {
        var squares = new float[words.Rows];
        for (var word = 0; word < squares.Length; word++)
        {
            squares[word] = Norm.Squared(words.Row(word));
        }

        var (logits, shares) = (new float[words.Rows], new double[words.Rows]);
        for (var row = 0; row < products.Rows; row++)
        {
            var product = products.Row(row);
            var slope = pull.Row(row);
            for (var word = 0; word < logits.Length; word++)
            {
                // The square of the document is the same for all words and falls out.
                logits[word] = (2 * product[word]) - squares[word];
            }

            RowSoftmax.Fill(logits, 1 / temperature, [], -1, shares);
            double mean = 0;
            for (var word = 0; word < logits.Length; word++)
            {
                mean += shares[word] * slope[word];
            }

            for (var word = 0; word < logits.Length; word++)
            {
                slope[word] = (float)(shares[word] * (slope[word] - mean));
            }
        }
    }

    private static Matrix Columns(Matrix rows, ProductCodebooks codebooks, int subspace)
    {
        var columns = new Matrix(rows.Rows, codebooks.Width(subspace));
        for (var row = 0; row < rows.Rows; row++)
        {
            rows.Row(row).Slice(codebooks.Start(subspace), columns.Columns).CopyTo(columns.Row(row));
        }

        return columns;
    }
}
