using Bigrain.Index.Errors;
using Bigrain.Training.Numerics;

namespace Bigrain.Training.Data;

/// <summary>Scales vectors to unit length.</summary>
public static class UnitRows
{
    /// <summary>Scales every row in place.</summary>
    /// <param name="matrix">Vectors, one a row.</param>
    /// <param name="field">What they are, for the error.</param>
    /// <exception cref="BigrainException">A row is zero or not finite: it has no direction.</exception>
    public static void Normalise(Matrix matrix, string field = "vector")
    {
        ArgumentNullException.ThrowIfNull(matrix);
        for (int row = 0; row < matrix.Rows; row++)
        {
            Span<float> vector = matrix.Row(row);
            double squares = 0;
            foreach (float value in vector)
            {
                squares += (double)value * value;
            }

            if (squares == 0 || !double.IsFinite(squares))
            {
                throw new BigrainException(
                    ErrorCode.InvalidArgument, $"row {row} is {(squares == 0 ? "zero" : "not finite")} and has no direction for cosine; leave it out", field);
            }

            double scale = 1 / Math.Sqrt(squares);
            for (int i = 0; i < vector.Length; i++)
            {
                vector[i] = (float)(vector[i] * scale);
            }
        }
    }
}
