namespace Bigrain.Index.Coarse;

/// <summary>Which slot holds which row: rows sorted by leaf, and by row inside a leaf.</summary>
public sealed class LeafLayout
{
    private readonly int[] _rowOfSlot;
    private readonly int[] _leafStarts;
    private readonly float[] _centroids;

    /// <summary>Makes a layout.</summary>
    /// <param name="rowOfSlot">Row of each slot; shape <c>[count]</c>.</param>
    /// <param name="leafStarts">First slot of each leaf and the count; shape <c>[nlist + 1]</c>.</param>
    /// <param name="centroids">Shape <c>[nlist, dimension]</c>; of normalised rows under cosine.</param>
    /// <param name="dimension">Dimension of a row.</param>
    public LeafLayout(int[] rowOfSlot, int[] leafStarts, float[] centroids, int dimension)
    {
        ArgumentNullException.ThrowIfNull(rowOfSlot);
        ArgumentNullException.ThrowIfNull(leafStarts);
        ArgumentNullException.ThrowIfNull(centroids);
        if (leafStarts.Length < 1 || leafStarts[^1] != rowOfSlot.Length || centroids.Length != (leafStarts.Length - 1) * dimension)
        {
            throw new ArgumentException("leaf starts, rows and centroids do not fit together", nameof(leafStarts));
        }

        _rowOfSlot = rowOfSlot;
        _leafStarts = leafStarts;
        _centroids = centroids;
        Dimension = dimension;
    }

    /// <summary>Dimension of a row.</summary>
    public int Dimension { get; }

    /// <summary>How far automatic probing goes in this layout, measured on a sample; 0 = not measured.</summary>
    public float ProbeReach { get; init; }

    /// <summary>Number of slots.</summary>
    public int SlotCount => _rowOfSlot.Length;

    /// <summary>Number of leaves.</summary>
    public int LeafCount => _leafStarts.Length - 1;

    /// <summary>Row of each slot; shape <c>[SlotCount]</c>.</summary>
    public ReadOnlySpan<int> RowOfSlot => _rowOfSlot;

    /// <summary>First slot of each leaf and <see cref="SlotCount"/>; shape <c>[LeafCount + 1]</c>.</summary>
    public ReadOnlySpan<int> LeafStarts => _leafStarts;

    /// <summary>Centroids; shape <c>[LeafCount, Dimension]</c>.</summary>
    public ReadOnlySpan<float> Centroids => _centroids;

    /// <summary>Centroid of one leaf; shape <c>[Dimension]</c>.</summary>
    public ReadOnlySpan<float> Centroid(int leaf) => _centroids.AsSpan(leaf * Dimension, Dimension);
}
