using Bigrain.Index.Schema;
using Bigrain.Kernels.Pq;
using Bigrain.Kernels.Rotation;

namespace Bigrain.Index.Coarse;

/// <summary>Writes a segment whose codes are RaBitQ or PQ.</summary>
internal static class CodedFileWriter
{
    /// <summary>From so many leaves on, centroids are routed by codes first: exact distances to all would cost more than the scan.</summary>
    public const int RoutedByCodesFrom = 512;

    /// <summary>Bits of the codes that they are routed by.</summary>
    public const int RoutingBits = 2;

    public static void Write(
        Stream output,
        IVectorSource slots,
        LeafLayout layout,
        Metric metric,
        CodecSpec codec,
        PqCodebooks? codebooks,
        UInt128 tablesHash,
        ulong rotationSeed,
        CoarseOptions options,
        CancellationToken cancellationToken)
    {
        int dimension = layout.Dimension;
        CodeForm form = codebooks is null ? new RaBitQForm(dimension, codec.BitsPerCode) : new PqForm(codebooks);
        int[] leafBlocks = LeafBlocks(layout, form.BlockVectors);
        var header = new CoarseHeader
        {
            SlotCount = layout.SlotCount,
            Dimension = dimension,
            LeafCount = layout.LeafCount,
            Metric = metric,
            Codec = codec,
            BlockCount = leafBlocks[^1],
            RoutingBits = layout.LeafCount >= RoutedByCodesFrom ? RoutingBits : 0,
            RotationSeed = rotationSeed,
            ProbeReach = layout.ProbeReach,
            TablesHash = codebooks is null ? 0 : tablesHash,
        };
        CoarseShape shape = header.Shape;
        var rotation = new StructuredRotation(dimension, rotationSeed);
        float[] origin = Origin(layout);
        var rotatedOrigin = new float[dimension];
        rotation.Apply(origin, rotatedOrigin);
        var scales = new LeafScale[layout.LeafCount + 1];

        var writer = new CoarseFileWriter(output, header);
        writer.WriteAt(shape.LeafStartsOffset, layout.LeafStarts);
        writer.WriteAt<int>(shape.LeafBlocksOffset, leafBlocks);
        writer.WriteAt(shape.CentroidsOffset, layout.Centroids);
        writer.WriteAt<float>(shape.OriginOffset, rotatedOrigin);
        if (codebooks is not null && tablesHash == 0)
        {
            writer.WriteAt(shape.CodebooksOffset, codebooks.Centroids);
        }

        if (header.RoutingBits > 0)
        {
            // Leaves are found by distance also under cosine, as rows were given to them by it.
            var router = new LeafEncoder(rotation, new RaBitQForm(dimension, RoutingBits), metric == Metric.Dot ? Metric.Dot : Metric.L2, rotatedOrigin);
            router.Begin(origin, layout.LeafCount);
            for (int leaf = 0; leaf < layout.LeafCount; leaf++)
            {
                router.Add(layout.Centroid(leaf));
            }

            scales[^1] = router.End();
            writer.WriteAt(shape.RoutingOffset, router.Blocks);
        }

        writer.PadTo(shape.CodesOffset);
        WriteCodes(writer, slots, layout, metric, new LeafEncoder(rotation, form, metric, rotatedOrigin), scales, options, cancellationToken);
        writer.WriteAt<LeafScale>(shape.ScalesOffset, scales);
        writer.Complete(shape.BodyBytes);
    }

    private static void WriteCodes(
        CoarseFileWriter writer,
        IVectorSource slots,
        LeafLayout layout,
        Metric metric,
        LeafEncoder encoder,
        LeafScale[] scales,
        CoarseOptions options,
        CancellationToken cancellationToken)
    {
        int leaf = -1;
        int leafEnd = 0;
        void Finish()
        {
            if (leaf >= 0)
            {
                scales[leaf] = encoder.End();
                writer.Write(encoder.Blocks);
            }
        }

        void NextLeaf()
        {
            Finish();
            leaf++;
            leafEnd = layout.LeafStarts[leaf + 1];
            encoder.Begin(layout.Centroid(leaf), leafEnd - layout.LeafStarts[leaf]);
        }

        foreach (RowBlock block in RowBlock.Of(slots, metric, options.BuildBlockBytes))
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (int i = 0; i < block.Count; i++)
            {
                while (block.FirstRow + i >= leafEnd)
                {
                    NextLeaf();
                }

                encoder.Add(block.Rows.Span.Slice(i * layout.Dimension, layout.Dimension));
            }
        }

        while (leaf < layout.LeafCount - 1)
        {
            NextLeaf();
        }

        Finish();
    }

    /// <summary>First block of each leaf, and their count.</summary>
    internal static int[] LeafBlocks(LeafLayout layout, int blockVectors)
    {
        var blocks = new int[layout.LeafCount + 1];
        for (int leaf = 0; leaf < layout.LeafCount; leaf++)
        {
            blocks[leaf + 1] = blocks[leaf] + CoarseShape.BlocksOf(layout.LeafStarts[leaf + 1] - layout.LeafStarts[leaf], blockVectors);
        }

        return blocks;
    }

    /// <summary>The mean of the segment's vectors, from its centroids.</summary>
    private static float[] Origin(LeafLayout layout)
    {
        var sum = new double[layout.Dimension];
        for (int leaf = 0; leaf < layout.LeafCount; leaf++)
        {
            int count = layout.LeafStarts[leaf + 1] - layout.LeafStarts[leaf];
            ReadOnlySpan<float> centroid = layout.Centroid(leaf);
            for (int i = 0; i < sum.Length; i++)
            {
                sum[i] += (double)count * centroid[i];
            }
        }

        return Array.ConvertAll(sum, value => (float)(value / Math.Max(1, layout.SlotCount)));
    }
}
