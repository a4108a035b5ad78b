using Bigrain.Index.Schema;
using Bigrain.Kernels.Distances;
using Bigrain.Kernels.RaBitQ;
using Bigrain.Kernels.Rotation;

namespace Bigrain.Index.Coarse;

/// <summary>
/// Chooses the bits of RaBitQ for a segment by measuring: how wide the bounds of each are on a sample, how many records
/// would have to be verified because of that, and what codes and records would cost to read.
/// </summary>
internal static class CodecMeasurement
{
    private const int SampleCount = 512;
    private const int QueryCount = 48;
    private const int Neighbours = 10;

    /// <summary>What verifying one record costs beside reading its bytes, in bytes of codes: a random read.</summary>
    private const double RandomReadBytes = 2_048;

    /// <summary>Share of a segment's codes that a query scans, at a guess: it only weighs codes against records.</summary>
    private const double ScannedShare = 0.05;

    private const float BoundDeviations = 1.9f;

    public static CodecSpec Best(IVectorSource slots, LeafLayout layout, Metric metric, ulong rotationSeed)
    {
        if (layout.SlotCount == 0)
        {
            return CodecSpec.RaBitQ(1);
        }

        int dimension = layout.Dimension;
        int[] sample = LeafBuilder.SampleRows(slots.Count, SampleCount, rotationSeed + 1);
        float[] rows = LeafBuilder.Read(slots, metric, sample);
        float[] residuals = Residuals(rows, sample, layout, rotationSeed);
        CodecSpec best = CodecSpec.RaBitQ(4);
        double bestCost = double.MaxValue;
        foreach (int bits in (ReadOnlySpan<int>)[1, 2, 4])
        {
            double cost = Cost(rows, residuals, dimension, bits, layout.SlotCount);
            if (cost < bestCost)
            {
                bestCost = cost;
                best = CodecSpec.RaBitQ(bits);
            }
        }

        return best;
    }

    private static float[] Residuals(float[] rows, int[] sample, LeafLayout layout, ulong rotationSeed)
    {
        int dimension = layout.Dimension;
        var rotation = new StructuredRotation(dimension, rotationSeed);
        var residuals = new float[rows.Length];
        int leaf = 0;
        for (int i = 0; i < sample.Length; i++)
        {
            while (layout.LeafStarts[leaf + 1] <= sample[i])
            {
                leaf++;
            }

            Span<float> residual = residuals.AsSpan(i * dimension, dimension);
            ReadOnlySpan<float> centroid = layout.Centroid(leaf);
            for (int j = 0; j < dimension; j++)
            {
                residual[j] = rows[(i * dimension) + j] - centroid[j];
            }

            rotation.Apply(residual, residual);
        }

        return residuals;
    }

    private static double Cost(float[] rows, float[] residuals, int dimension, int bits, int slotCount)
    {
        var planes = new RaBitQPlanes(dimension, bits);
        var encoder = new RaBitQEncoder(planes);
        int count = rows.Length / dimension;
        var spreads = new float[count];
        var lengths = new float[count];
        for (int i = 0; i < count; i++)
        {
            var factors = encoder.Encode(residuals.AsSpan(i * dimension, dimension), new byte[planes.BlockBytes], 0);
            spreads[i] = factors.Spread;
            lengths[i] = factors.Length;
        }

        // A candidate has to be verified while its distance is within the two bounds of the k-th. Distances between
        // sample rows give the density around the k-th; the error is that of a query as far from the centroid as rows are.
        double records = 0;
        int queries = Math.Min(QueryCount, count);
        var distances = new float[count];
        double meanLength = lengths.Average(value => (double)value);
        double meanSpread = spreads.Average(value => (double)value);
        double width = 4 * BoundDeviations * meanSpread * meanLength;
        for (int query = 0; query < queries; query++)
        {
            SquaredL2.ScanMany(rows.AsSpan(query * count / queries * dimension, dimension), rows, distances);
            Array.Sort(distances);
            records += Growth(distances, width, slotCount);
        }

        double codeBytes = (planes.BlockBytes / 32.0) + 8;
        return (ScannedShare * slotCount * codeBytes) + (records / queries * ((dimension * sizeof(float)) + RandomReadBytes));
    }

    /// <summary>Estimates how many rows lie within <paramref name="width"/> of the k-th squared distance: distances grow as a
    /// power of the rank, whose exponent the sample's nearest ranks give.</summary>
    private static double Growth(float[] sorted, double width, int slotCount)
    {
        int count = sorted.Length - 1;
        int near = Math.Max(1, Math.Min(count, count / 50));
        int far = Math.Max(near + 1, Math.Min(count, count / 4));
        if (far >= sorted.Length || sorted[near] <= 0 || sorted[far] <= sorted[near])
        {
            return Neighbours;
        }

        double exponent = Math.Log((double)far / near) / Math.Log(sorted[far] / (double)sorted[near]);
        double kth = sorted[near] * Math.Pow(Neighbours * (double)count / slotCount / near, 1 / exponent);
        return Neighbours * Math.Pow((kth + width) / kth, exponent);
    }
}
