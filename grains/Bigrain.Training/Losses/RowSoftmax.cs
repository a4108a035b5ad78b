namespace Bigrain.Training.Losses;

/// <summary>The softmax of one row of scores.</summary>
internal static class RowSoftmax
{
    /// <summary>Fills the shares of the columns and returns the logarithm of their sum.</summary>
    /// <param name="scores">Scores of the row.</param>
    /// <param name="factor">Multiplies the scores.</param>
    /// <param name="masked">Columns that get no share; empty for none.</param>
    /// <param name="kept">A column that is seen even if it is masked; negative for none.</param>
    /// <param name="shares">Receives shares that sum to 1.</param>
    public static double Fill(ReadOnlySpan<float> scores, double factor, ReadOnlySpan<bool> masked, int kept, Span<double> shares)
    {
        var largest = double.NegativeInfinity;
        for (var column = 0; column < scores.Length; column++)
        {
            if (Sees(masked, kept, column))
            {
                largest = Math.Max(largest, scores[column] * factor);
            }
        }

        double sum = 0;
        for (var column = 0; column < scores.Length; column++)
        {
            shares[column] = Sees(masked, kept, column) ? MathF.Exp((float)((scores[column] * factor) - largest)) : 0;
            sum += shares[column];
        }

        for (var column = 0; column < scores.Length; column++)
        {
            shares[column] /= sum;
        }

        return largest + Math.Log(sum);
    }

    private static bool Sees(ReadOnlySpan<bool> masked, int kept, int column) =>
        masked.IsEmpty || !masked[column] || column == kept;
}
