using Bigrain.Training.Data;
using Bigrain.Training.Heads;
using Bigrain.Training.Numerics;

namespace Bigrain.Training.Dense;

/// <summary>The heads of the dense side.</summary>
/// <param name="Query">Head of queries.</param>
/// <param name="Document">Head of documents; null when documents stay as they are.</param>
public sealed record DenseHeads(ResidualHead Query, ResidualHead? Document)
{
    /// <summary>Heads that change nothing.</summary>
    /// <param name="dimension">Dimension of the vectors.</param>
    /// <param name="metric">What documents are ranked by.</param>
    /// <param name="document">Whether documents get a head.</param>
    public static DenseHeads Identity(int dimension, RankMetric metric, bool document) =>
        new(new ResidualHead(dimension, metric), document ? new ResidualHead(dimension, metric) : null);

    /// <summary>Heads with weights of their own, the same at first.</summary>
    /// <param name="metric">What documents are ranked by.</param>
    public DenseHeads Copy(RankMetric metric) => new(
        new ResidualHead(Query.Weights.Copy(), metric),
        Document is null ? null : new ResidualHead(Document.Weights.Copy(), metric));

    /// <summary>Documents as the dense side sees them.</summary>
    /// <param name="documents">Documents as stored.</param>
    public Matrix OfDocuments(Matrix documents) => Document is null ? documents : Document.Apply(documents);
}
