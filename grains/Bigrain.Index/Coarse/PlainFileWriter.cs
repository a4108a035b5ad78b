using Bigrain.Index.Models;
using Bigrain.Index.Schema;

namespace Bigrain.Index.Coarse;

/// <summary>Writes a segment whose codes are those of a trained model: plain PQ in its rotated space.</summary>
internal static class PlainFileWriter
{
    public static void Write(
        Stream output, IVectorSource slots, LeafLayout layout, Metric metric, LearnedTables tables, CoarseOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(slots);
        ModelTransform model = tables.Model!;
        var codes = new PlainCodes(tables.Codebooks);
        int[] leafBlocks = CodedFileWriter.LeafBlocks(layout, codes.BlockVectors);
        var header = new CoarseHeader
        {
            SlotCount = layout.SlotCount,
            Dimension = layout.Dimension,
            LeafCount = layout.LeafCount,
            Metric = metric,
            Codec = tables.Codec,
            BlockCount = leafBlocks[^1],
            TablesHash = tables.Hash,
            IsPlain = true,
        };
        CoarseShape shape = header.Shape;
        var writer = new CoarseFileWriter(output, header);
        writer.WriteAt(shape.LeafStartsOffset, layout.LeafStarts);
        writer.WriteAt<int>(shape.LeafBlocksOffset, leafBlocks);
        writer.WriteAt(shape.CentroidsOffset, layout.Centroids);
        writer.PadTo(shape.CodesOffset);

        var block = new byte[codes.BlockBytes];
        var rotated = new float[layout.Dimension];
        var values = new float[layout.Dimension];
        int leaf = 0;
        int place = 0;
        void Flush()
        {
            if (place > 0)
            {
                writer.Write<byte>(block);
                block.AsSpan().Clear();
                place = 0;
            }
        }

        foreach (RowBlock rows in RowBlock.Of(slots, metric, options.BuildBlockBytes))
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (int i = 0; i < rows.Count; i++)
            {
                while (rows.FirstRow + i >= layout.LeafStarts[leaf + 1])
                {
                    Flush();
                    leaf++;
                }

                model.Rotate(rows.Rows.Span.Slice(i * layout.Dimension, layout.Dimension), rotated);
                codes.Encode(rotated, block, place++, values);
                if (place == codes.BlockVectors)
                {
                    Flush();
                }
            }
        }

        Flush();
        writer.Complete(shape.BodyBytes);
    }
}
