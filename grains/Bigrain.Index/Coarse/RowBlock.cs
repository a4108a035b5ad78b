using Bigrain.Index.Schema;

namespace Bigrain.Index.Coarse;

/// <summary>A block of rows of a source, normalised under cosine; valid until the next one is read.</summary>
internal readonly record struct RowBlock(int FirstRow, int Count, ReadOnlyMemory<float> Rows)
{
    /// <summary>Rows of a whole block.</summary>
    public static int Capacity(IVectorSource source, int blockBytes) =>
        Math.Clamp(blockBytes / (source.Dimension * sizeof(float)), 1, Math.Max(1, source.Count));

    /// <summary>Reads a source front to back in blocks of about <paramref name="blockBytes"/>.</summary>
    public static IEnumerable<RowBlock> Of(IVectorSource source, Metric metric, int blockBytes)
    {
        int dimension = source.Dimension;
        int capacity = Capacity(source, blockBytes);
        var buffer = new float[capacity * dimension];
        for (int first = 0; first < source.Count; first += capacity)
        {
            int count = Math.Min(capacity, source.Count - first);
            source.Read(first, count, buffer);
            if (metric == Metric.Cosine)
            {
                for (int i = 0; i < count; i++)
                {
                    RankDistance.Normalise(buffer.AsSpan(i * dimension, dimension));
                }
            }

            yield return new RowBlock(first, count, buffer.AsMemory(0, count * dimension));
        }
    }
}
