using Bigrain.Index.Catalog;
using Bigrain.Index.Coarse;
using Bigrain.Index.Partitions;
using Bigrain.Index.Schema;
using Bigrain.Index.Segments;
using Bigrain.Kernels.Pq;
using Bigrain.Kernels.Scan;

namespace Bigrain.Index.Reindexing;

/// <summary>Estimates the memory that a generation will take once it is loaded, before anything of it is built.</summary>
/// <remarks>Of whole segments it is within 15 % of what their files turn out to be; small ones, tails and delete bitmaps come on top.</remarks>
public static class GenerationPrice
{
    /// <summary>Estimates all partitions of a generation together, each once.</summary>
    /// <param name="documentCount">Living documents of the collection.</param>
    /// <param name="schema">Schema of the collection as HEAD has it.</param>
    /// <param name="generation">The generation.</param>
    /// <param name="coarse">Settings of coarse codes.</param>
    /// <param name="options">Settings of partitions.</param>
    /// <returns>Bytes of memory budget, over all silos; times the replicas for all of their copies.</returns>
    public static long Estimate(
        long documentCount, CollectionSchema schema, GenerationRecord generation, CoarseOptions coarse, PartitionOptions options)
    {
        ArgumentNullException.ThrowIfNull(generation);
        return EstimatePartition(documentCount / generation.PartitionCount, schema, generation, coarse, options) * generation.PartitionCount;
    }

    /// <summary>Estimates one partition.</summary>
    /// <param name="documentCount">Its living documents.</param>
    /// <param name="schema">Schema of the collection as HEAD has it.</param>
    /// <param name="generation">The generation.</param>
    /// <param name="coarse">Settings of coarse codes.</param>
    /// <param name="options">Settings of partitions.</param>
    public static long EstimatePartition(
        long documentCount, CollectionSchema schema, GenerationRecord generation, CoarseOptions coarse, PartitionOptions options)
    {
        ArgumentNullException.ThrowIfNull(schema);
        ArgumentNullException.ThrowIfNull(generation);
        ArgumentNullException.ThrowIfNull(coarse);
        ArgumentNullException.ThrowIfNull(options);
        if (documentCount <= 0)
        {
            return 0;
        }

        long segments = (documentCount + options.MaxSegmentDocuments - 1) / options.MaxSegmentDocuments;
        bool isExact = documentCount * generation.PartitionCount < coarse.FlatBelow && !generation.HasModel;
        CoarseHeader header = Header((int)(documentCount / segments), generation.SchemaOf(schema).Default, generation, isExact, coarse);
        return segments * SegmentOpener.PriceOf(header);
    }

    private static CoarseHeader Header(
        int slotCount, RepresentationSchema representation, GenerationRecord generation, bool isExact, CoarseOptions coarse)
    {
        CodecSpec codec = isExact ? CodecSpec.Flat : representation.Codec.Kind switch
        {
            // What measuring will choose is not known: the widest is the most that it can cost.
            CodecKind.Auto => CodecSpec.RaBitQ(4),
            CodecKind.Pq when generation.Representations[0].Tables is null => CodecSpec.RaBitQ(4),
            _ => representation.Codec,
        };
        int leaves = isExact || slotCount < 2 * coarse.LeafSize ? 1 : slotCount / coarse.LeafSize;
        int blockVectors = codec is { Kind: CodecKind.Pq, BitsPerCode: 8 } ? ByteLayout.BlockVectors : NibbleLayout.BlockVectors;

        // The last block of a leaf is half empty on average.
        int blocks = codec.Kind == CodecKind.Flat ? 0 : (slotCount / blockVectors) + 1 + (leaves / 2);
        return new CoarseHeader
        {
            SlotCount = slotCount,
            Dimension = representation.Dimension,
            LeafCount = leaves,
            Metric = representation.Metric,
            Codec = codec,
            BlockCount = blocks,
            RoutingBits = codec.Kind != CodecKind.Flat && !generation.HasModel && leaves >= CodedFileWriter.RoutedByCodesFrom ? CodedFileWriter.RoutingBits : 0,
            TablesHash = codec.Kind == CodecKind.Pq ? 1 : UInt128.Zero,
            IsPlain = generation.HasModel,
        };
    }
}
