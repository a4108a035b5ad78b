using Bigrain.Training.Numerics;

namespace Bigrain.Training.Losses;

/// <summary>The contrastive loss: each row's own document against all columns of the batch that are not masked.</summary>
/// <remarks>Minus the logarithm of the target's share in the softmax of <c>score / temperature</c>, averaged over the rows that
/// have a target. Sums run in double and the largest score is taken out first, so no score overflows. Masked columns are
/// the caller's labelled positives other than the target, repeats of a document, and near duplicates: they are neither
/// drawn near nor pushed away.</remarks>
public static class MaskedInfoNce
{
    /// <summary>Target of a row that takes no part.</summary>
    public const int NoTarget = -1;

    /// <summary>Computes the loss and its gradient.</summary>
    /// <param name="scores">Scores; shape <c>[B, C]</c>.</param>
    /// <param name="temperature">Divides the scores; above 0.</param>
    /// <param name="targets">Column of each row's own document, or <see cref="NoTarget"/>.</param>
    /// <param name="masked">Which columns a row does not see; shape <c>[B, C]</c>, or empty for none. A target is always seen.</param>
    /// <param name="gradient">Receives the gradient of the loss in the scores; the shape of the scores; null if not wanted.</param>
    /// <param name="weight">Factor of the gradient (not of the returned loss).</param>
    /// <param name="accumulate">Whether the gradient is added to what stands there.</param>
    /// <returns>The loss; 0 if no row has a target.</returns>
    public static double Compute(
        Matrix scores,
        double temperature,
        ReadOnlySpan<int> targets,
        ReadOnlySpan<bool> masked,
        Matrix? gradient,
        double weight = 1,
        bool accumulate = false)
    {
        ArgumentNullException.ThrowIfNull(scores);
        ArgumentOutOfRangeException.ThrowIfNotEqual(targets.Length, scores.Rows);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(temperature);
        var active = 0;
        foreach (var target in targets)
        {
            active += target == NoTarget ? 0 : 1;
        }

        if (!accumulate)
        {
            gradient?.Values.AsSpan().Clear();
        }

        var (inverse, share) = (1 / temperature, weight / (temperature * Math.Max(1, active)));
        var shares = new double[scores.Columns];
        double loss = 0;
        for (var row = 0; row < scores.Rows; row++)
        {
            if (targets[row] == NoTarget)
            {
                continue;
            }

            ReadOnlySpan<float> line = scores.Row(row);
            var mask = masked.IsEmpty ? masked : masked.Slice(row * scores.Columns, scores.Columns);
            loss += RowSoftmax.Fill(line, inverse, mask, targets[row], shares) - (line[targets[row]] * inverse);
            if (gradient is not null)
            {
                var slope = gradient.Row(row);
                for (var column = 0; column < slope.Length; column++)
                {
                    slope[column] += (float)(share * shares[column]);
                }

                slope[targets[row]] -= (float)share;
            }
        }

        return loss / Math.Max(1, active);
    }
}
