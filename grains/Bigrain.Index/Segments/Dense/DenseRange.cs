namespace Bigrain.Index.Segments.Dense;

/// <summary>One ranged read that brings several of the records asked for.</summary>
/// <param name="First">Index of the first slot among those asked for.</param>
/// <param name="Count">How many of them.</param>
/// <param name="Leaf">Leaf of the first.</param>
/// <param name="Offset">First byte in the file.</param>
/// <param name="Bytes">Length.</param>
internal readonly record struct DenseRange(int First, int Count, int Leaf, long Offset, int Bytes)
{
    /// <summary>Plans the next read.</summary>
    /// <param name="header">Where slots are.</param>
    /// <param name="slots">Ascending slots.</param>
    /// <param name="first">Index of the first slot not read yet.</param>
    /// <param name="leaf">A leaf at or before it.</param>
    /// <param name="gapBytes">Most bytes between two records that are read along rather than skipped.</param>
    /// <param name="mostBytes">Most bytes of a read of several records.</param>
    public static DenseRange Next(DenseHeader header, ReadOnlySpan<int> slots, int first, int leaf, int gapBytes, int mostBytes)
    {
        int stride = header.Layout.StrideBytes;
        int firstLeaf = header.LeafOf(slots[first], leaf);
        long start = header.OffsetOf(slots[first], firstLeaf);
        long end = start + stride;
        int next = first + 1;
        int nextLeaf = firstLeaf;
        for (; next < slots.Length; next++)
        {
            nextLeaf = header.LeafOf(slots[next], nextLeaf);
            long offset = header.OffsetOf(slots[next], nextLeaf);
            if (offset - end > gapBytes || offset + stride - start > mostBytes)
            {
                break;
            }

            end = offset + stride;
        }

        return new DenseRange(first, next - first, firstLeaf, start, (int)(end - start));
    }
}
