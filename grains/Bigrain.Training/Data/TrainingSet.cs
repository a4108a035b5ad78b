using Bigrain.Training.Numerics;

namespace Bigrain.Training.Data;

/// <summary>What a trainer learns from: vectors, judgements and the split of the queries.</summary>
/// <param name="Name">Name for reports.</param>
/// <param name="Documents">Vectors of the documents, one a row; of unit length under <see cref="RankMetric.Cosine"/>.</param>
/// <param name="Queries">Vectors of the queries, one a row; of unit length under <see cref="RankMetric.Cosine"/>.</param>
/// <param name="Relevant">Relevant documents of each query.</param>
/// <param name="Split">Which queries train, validate and test.</param>
/// <param name="Metric">What documents are ranked by.</param>
public sealed record TrainingSet(
    string Name,
    Matrix Documents,
    Matrix Queries,
    Judgements Relevant,
    QuerySplit Split,
    RankMetric Metric)
{
    /// <summary>Dimension of the vectors.</summary>
    public int Dimension => Documents.Columns;
}
