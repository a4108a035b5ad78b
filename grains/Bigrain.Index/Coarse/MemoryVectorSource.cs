namespace Bigrain.Index.Coarse;

/// <summary>Rows held in memory, optionally seen in another order.</summary>
public sealed class MemoryVectorSource : IVectorSource
{
    private readonly ReadOnlyMemory<float> _rows;
    private readonly int[]? _order;

    /// <summary>Wraps rows.</summary>
    /// <param name="rows">Shape <c>[count, dimension]</c>.</param>
    /// <param name="dimension">Dimension of a row.</param>
    /// <param name="order">Row of each position; null for the order of <paramref name="rows"/>.</param>
    public MemoryVectorSource(ReadOnlyMemory<float> rows, int dimension, int[]? order = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(dimension);
        _rows = rows;
        _order = order;
        Dimension = dimension;
        Count = order?.Length ?? rows.Length / dimension;
    }

    /// <inheritdoc/>
    public int Count { get; }

    /// <inheritdoc/>
    public int Dimension { get; }

    /// <inheritdoc/>
    public void Read(int firstRow, int rowCount, Span<float> destination)
    {
        ReadOnlySpan<float> rows = _rows.Span;
        if (_order is null)
        {
            rows.Slice(firstRow * Dimension, rowCount * Dimension).CopyTo(destination);
            return;
        }

        for (int i = 0; i < rowCount; i++)
        {
            rows.Slice(_order[firstRow + i] * Dimension, Dimension).CopyTo(destination[(i * Dimension)..]);
        }
    }
}
