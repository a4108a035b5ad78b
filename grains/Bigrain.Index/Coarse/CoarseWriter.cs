using Bigrain.Index.Schema;
using Bigrain.Kernels.Pq;

namespace Bigrain.Index.Coarse;

/// <summary>Writes the coarse file of a segment.</summary>
public static class CoarseWriter
{
    /// <summary>Encodes the vectors of a segment.</summary>
    /// <param name="output">Receives the file, front to back; need not seek.</param>
    /// <param name="slots">Vectors in slot order.</param>
    /// <param name="layout">Leaves, as built for these slots.</param>
    /// <param name="metric">How vectors compare.</param>
    /// <param name="wish">Codec of the collection; <c>auto</c> is chosen by measuring, <c>pq</c> without codebooks starts as rabitq.</param>
    /// <param name="rotationSeed">Seed of the generation's rotation.</param>
    /// <param name="options">Settings.</param>
    /// <param name="cancellationToken">Looked at once per block of rows.</param>
    /// <returns>The codec written.</returns>
    /// <exception cref="ArgumentException">Slots and layout differ in count or dimension.</exception>
    public static CodecSpec Write(
        Stream output,
        IVectorSource slots,
        LeafLayout layout,
        Metric metric,
        CodecSpec wish,
        ulong rotationSeed,
        CoarseOptions options,
        CancellationToken cancellationToken) =>
        Write(output, slots, layout, metric, wish, null, 0, rotationSeed, options, cancellationToken);

    /// <summary>Encodes the vectors of a segment, with the learned tables of its generation, which the file only names.</summary>
    /// <param name="output">Receives the file, front to back; need not seek.</param>
    /// <param name="slots">Vectors in slot order.</param>
    /// <param name="layout">Leaves, as built for these slots.</param>
    /// <param name="metric">How vectors compare.</param>
    /// <param name="wish">Codec of the generation.</param>
    /// <param name="tables">Its tables; null while it has none.</param>
    /// <param name="rotationSeed">Seed of the generation's rotation.</param>
    /// <param name="options">Settings.</param>
    /// <param name="cancellationToken">Looked at once per block of rows.</param>
    /// <returns>The codec written.</returns>
    /// <exception cref="ArgumentException">Slots, layout and tables differ in count, dimension or rotation.</exception>
    public static CodecSpec Write(
        Stream output,
        IVectorSource slots,
        LeafLayout layout,
        Metric metric,
        CodecSpec wish,
        LearnedTables? tables,
        ulong rotationSeed,
        CoarseOptions options,
        CancellationToken cancellationToken)
    {
        if (tables is { Model: not null })
        {
            PlainFileWriter.Write(output, slots, layout, metric, tables, options, cancellationToken);
            return tables.Codec;
        }

        if (tables is not null && tables.RotationSeed != rotationSeed)
        {
            throw new ArgumentException("the tables were made for another rotation", nameof(tables));
        }

        return Write(output, slots, layout, metric, wish, tables?.Codebooks, tables?.Hash ?? 0, rotationSeed, options, cancellationToken);
    }

    /// <summary>Encodes the vectors of a segment, with codebooks that become a part of the file.</summary>
    /// <param name="output">Receives the file, front to back; need not seek.</param>
    /// <param name="slots">Vectors in slot order.</param>
    /// <param name="layout">Leaves, as built for these slots.</param>
    /// <param name="metric">How vectors compare.</param>
    /// <param name="wish">Codec of the collection.</param>
    /// <param name="codebooks">Codebooks of the rotated residuals; null while the generation has none.</param>
    /// <param name="rotationSeed">Seed of the generation's rotation.</param>
    /// <param name="options">Settings.</param>
    /// <param name="cancellationToken">Looked at once per block of rows.</param>
    /// <returns>The codec written.</returns>
    /// <exception cref="ArgumentException">Slots, layout and codebooks differ in count or dimension.</exception>
    public static CodecSpec Write(
        Stream output,
        IVectorSource slots,
        LeafLayout layout,
        Metric metric,
        CodecSpec wish,
        PqCodebooks? codebooks,
        ulong rotationSeed,
        CoarseOptions options,
        CancellationToken cancellationToken) =>
        Write(output, slots, layout, metric, wish, codebooks, 0, rotationSeed, options, cancellationToken);

    private static CodecSpec Write(
        Stream output,
        IVectorSource slots,
        LeafLayout layout,
        Metric metric,
        CodecSpec wish,
        PqCodebooks? codebooks,
        UInt128 tablesHash,
        ulong rotationSeed,
        CoarseOptions options,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(slots);
        ArgumentNullException.ThrowIfNull(layout);
        ArgumentNullException.ThrowIfNull(options);
        if (slots.Count != layout.SlotCount || slots.Dimension != layout.Dimension)
        {
            throw new ArgumentException("slots and layout differ in count or dimension", nameof(slots));
        }

        if (codebooks is not null && codebooks.Dimension != layout.Dimension)
        {
            throw new ArgumentException("codebooks and layout differ in dimension", nameof(codebooks));
        }

        CodecSpec codec = CodecChoice.Choose(slots, layout, metric, wish, codebooks, rotationSeed, options);
        if (codec.Kind == CodecKind.Flat)
        {
            WriteFlat(output, slots, layout, metric, options, cancellationToken);
        }
        else
        {
            CodedFileWriter.Write(output, slots, layout, metric, codec, codec.Kind == CodecKind.Pq ? codebooks : null, tablesHash, rotationSeed, options, cancellationToken);
        }

        return codec;
    }

    private static void WriteFlat(
        Stream output,
        IVectorSource slots,
        LeafLayout layout,
        Metric metric,
        CoarseOptions options,
        CancellationToken cancellationToken)
    {
        var header = new CoarseHeader
        {
            SlotCount = layout.SlotCount,
            Dimension = layout.Dimension,
            LeafCount = layout.LeafCount,
            Metric = metric,
            Codec = CodecSpec.Flat,
        };
        CoarseShape shape = header.Shape;
        var writer = new CoarseFileWriter(output, header);
        writer.WriteAt(shape.LeafStartsOffset, layout.LeafStarts);
        writer.WriteAt(shape.CentroidsOffset, layout.Centroids);
        writer.PadTo(shape.CodesOffset);
        foreach (RowBlock block in RowBlock.Of(slots, metric, options.BuildBlockBytes))
        {
            cancellationToken.ThrowIfCancellationRequested();
            writer.Write<float>(block.Rows.Span);
        }

        writer.Complete(shape.BodyBytes);
    }
}
