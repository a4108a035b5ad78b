using Bigrain.Index.Schema;
using Bigrain.Kernels.Pq;

namespace Bigrain.Index.Coarse;

/// <summary>Decides the codec of a segment.</summary>
internal static class CodecChoice
{
    public static CodecSpec Choose(
        IVectorSource slots,
        LeafLayout layout,
        Metric metric,
        CodecSpec wish,
        PqCodebooks? codebooks,
        ulong rotationSeed,
        CoarseOptions options)
    {
        if (layout.SlotCount < options.FlatBelow)
        {
            return CodecSpec.Flat;
        }

        return wish.Kind switch
        {
            CodecKind.Flat or CodecKind.RaBitQ => wish,
            CodecKind.Pq when codebooks is not null => CodecSpec.Pq(codebooks.SubspaceCount, codebooks.Bits),
            _ => CodecMeasurement.Best(slots, layout, metric, rotationSeed),
        };
    }
}
