using Bigrain.Index.Schema;
using Bigrain.Kernels.Pq;
using Bigrain.Kernels.Rotation;

namespace Bigrain.Index.Coarse;

/// <summary>Trains PQ codebooks on the rotated residuals of a sample.</summary>
internal static class PqTraining
{
    private const int RowsPerCentroid = 64;
    private const int FewestRows = 8_192;

    public static PqCodebooks Train(
        IVectorSource slots,
        LeafLayout layout,
        Metric metric,
        CodecSpec codec,
        ulong rotationSeed,
        CancellationToken cancellationToken)
    {
        int dimension = layout.Dimension;
        int wanted = Math.Max(FewestRows, RowsPerCentroid << codec.BitsPerCode);
        int[] sample = LeafBuilder.SampleRows(slots.Count, wanted, rotationSeed);
        float[] rows = LeafBuilder.Read(slots, metric, sample);
        var rotation = new StructuredRotation(dimension, rotationSeed);
        int leaf = 0;
        for (int i = 0; i < sample.Length; i++)
        {
            while (layout.LeafStarts[leaf + 1] <= sample[i])
            {
                leaf++;
            }

            Span<float> row = rows.AsSpan(i * dimension, dimension);
            ReadOnlySpan<float> centroid = layout.Centroid(leaf);
            for (int j = 0; j < dimension; j++)
            {
                row[j] -= centroid[j];
            }

            rotation.Apply(row, row);
        }

        return PqCodebooks.Train(rows, dimension, Math.Min(codec.SubspaceCount, dimension), codec.BitsPerCode, rotationSeed, cancellationToken);
    }
}
