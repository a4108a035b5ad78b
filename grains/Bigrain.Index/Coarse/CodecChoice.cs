using Bigrain.Index.Schema;

namespace Bigrain.Index.Coarse;

/// <summary>Decides the codec of a segment.</summary>
internal static class CodecChoice
{
    public static CodecSpec Choose(LeafLayout layout, CodecSpec wish, CoarseOptions options)
    {
        if (layout.SlotCount < options.FlatBelow)
        {
            return CodecSpec.Flat;
        }

        return wish.Kind switch
        {
            CodecKind.Flat or CodecKind.RaBitQ => wish,
            _ => CodecSpec.RaBitQ(4),
        };
    }
}
