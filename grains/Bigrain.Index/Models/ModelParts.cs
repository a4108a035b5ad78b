namespace Bigrain.Index.Models;

/// <summary>What a model file has beside rotation and codebooks; stored in its header.</summary>
[Flags]
internal enum ModelParts
{
    ScoreCodebooks = 1,
    Centroids = 2,
    SparseQueryHead = 4,
    DenseQueryHead = 8,
    DenseDocumentHead = 16,
}
