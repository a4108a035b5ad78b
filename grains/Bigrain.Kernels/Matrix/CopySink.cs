using System.Runtime.CompilerServices;

namespace Bigrain.Kernels.Matrix;

/// <summary>Writes the products out, one line for each row of the left matrix.</summary>
internal readonly unsafe struct CopySink(float* products, nint stride) : ITileSink
{
    public void Take(int row, int column, float* tile, int rows, int columns)
    {
        for (var i = 0; i < rows; i++)
        {
            Unsafe.CopyBlockUnaligned(
                products + ((row + i) * stride) + column, tile + (i * TileKernel.Columns), (uint)columns * sizeof(float));
        }
    }
}
