using System.Buffers;
using Bigrain.Kernels.Matrix;

namespace Bigrain.Training.Quantisation;

/// <summary>Finds the nearest word of each subspace for many vectors at once.</summary>
/// <remarks>Unsafe because the tables read a subspace as columns of longer rows: they stay within the span that is handed in.
/// Immutable; safe for concurrent use until disposed.</remarks>
internal sealed unsafe class CodeAssigner : IDisposable
{
    private readonly ProductCodebooks _codebooks;
    private readonly CentroidTable[] _tables;

    public CodeAssigner(ProductCodebooks codebooks)
    {
        _codebooks = codebooks;
        _tables = new CentroidTable[codebooks.SubspaceCount];
        for (var subspace = 0; subspace < _tables.Length; subspace++)
        {
            _tables[subspace] = new CentroidTable(codebooks.Book(subspace), codebooks.WordCount, codebooks.Width(subspace));
        }
    }

    /// <summary>Writes the codes of vectors.</summary>
    /// <param name="vectors">Rotated vectors, one after the other.</param>
    /// <param name="codes">Receives M sub-codes for each.</param>
    public void Assign(ReadOnlySpan<float> vectors, Span<byte> codes)
    {
        var (dimension, subspaces) = (_codebooks.Dimension, _codebooks.SubspaceCount);
        var count = vectors.Length / dimension;
        ArgumentOutOfRangeException.ThrowIfNotEqual(vectors.Length, count * dimension);
        ArgumentOutOfRangeException.ThrowIfNotEqual(codes.Length, count * subspaces);
        var scratch = ArrayPool<int>.Shared.Rent(Math.Max(1, count));
        fixed (float* rows = vectors)
        fixed (int* nearest = scratch)
        {
            for (var subspace = 0; subspace < subspaces && count > 0; subspace++)
            {
                _tables[subspace].Nearest(rows + _codebooks.Start(subspace), dimension, count, nearest, null);
                for (var row = 0; row < count; row++)
                {
                    codes[(row * subspaces) + subspace] = (byte)nearest[row];
                }
            }
        }

        ArrayPool<int>.Shared.Return(scratch);
    }

    public void Dispose()
    {
        foreach (var table in _tables)
        {
            table.Dispose();
        }
    }
}
