using Bigrain.Index.Catalog;
using Bigrain.Index.Schema;

namespace Bigrain.Index.Reindexing;

/// <summary>The wish of a collection that was created with a codec that has to be learned first.</summary>
public static class CodecWish
{
    /// <summary>How many documents are needed to fulfil it.</summary>
    /// <param name="head">The collection.</param>
    /// <param name="current">Its present generation.</param>
    /// <returns>Null when there is nothing to fulfil: the codec is learned or needs no learning, a reindex is under way or waits to be
    /// published, or somebody went back to this generation from a later one.</returns>
    public static long? DocumentsNeeded(CollectionHead head, GenerationRecord current)
    {
        ArgumentNullException.ThrowIfNull(head);
        ArgumentNullException.ThrowIfNull(current);
        GenerationRepresentation coded = current.Representations[0];
        bool isRolledBack = head.PreviousGeneration > current.Generation;
        return coded is { Codec.Kind: CodecKind.Pq, Tables: null } && head.BuildingGeneration is null && !isRolledBack
            ? TableTraining.DocumentsNeeded(coded.Codec)
            : null;
    }
}
