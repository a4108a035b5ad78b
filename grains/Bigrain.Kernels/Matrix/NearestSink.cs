using System.Runtime.Intrinsics;
using Bigrain.Kernels.Hardware;

namespace Bigrain.Kernels.Matrix;

/// <summary>Keeps, for each row, the column of the smallest <c>offset[column] - 2 * product</c>; the first one of equals.</summary>
internal readonly unsafe struct NearestSink(float* offsets, int* nearest, float* scores) : ITileSink
{
    public void Take(int row, int column, float* tile, int rows, int columns)
    {
        for (var i = 0; i < rows; i++)
        {
            var products = tile + (i * TileKernel.Columns);
            if (MayImprove(products, offsets + column, scores[row + i]))
            {
                Improve(products, column, columns, row + i);
            }
        }
    }

    /// <summary>Whether any column of the panel beats the best one so far; offsets beyond the last column are infinite.</summary>
    private static bool MayImprove(float* products, float* offsets, float best)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            var minusTwo = Vector512.Create(-2f);
            var left = Lane512.MultiplyAdd(Vector512.Load(products), minusTwo, Vector512.Load(offsets));
            var right = Lane512.MultiplyAdd(Vector512.Load(products + 16), minusTwo, Vector512.Load(offsets + 16));
            return Vector512.LessThanAny(Vector512.MinNative(left, right), Vector512.Create(best));
        }

        if (Vector256.IsHardwareAccelerated)
        {
            var minusTwo = Vector256.Create(-2f);
            var left = Lane256.MultiplyAdd(Vector256.Load(products), minusTwo, Vector256.Load(offsets));
            var right = Lane256.MultiplyAdd(Vector256.Load(products + 8), minusTwo, Vector256.Load(offsets + 8));
            return Vector256.LessThanAny(Vector256.MinNative(left, right), Vector256.Create(best));
        }

        return true;
    }

    private void Improve(float* products, int column, int columns, int row)
    {
        var (best, place) = (scores[row], nearest[row]);
        for (var j = 0; j < columns; j++)
        {
            // Twice a float is exact, so this rounds as the fused form above does.
            var score = offsets[column + j] - (2 * products[j]);
            if (score < best)
            {
                (best, place) = (score, column + j);
            }
        }

        (scores[row], nearest[row]) = (best, place);
    }
}
