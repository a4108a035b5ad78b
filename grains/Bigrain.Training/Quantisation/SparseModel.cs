using Bigrain.Training.Data;
using Bigrain.Training.Heads;
using Bigrain.Training.Numerics;

namespace Bigrain.Training.Quantisation;

/// <summary>What stage S learned: all that light codes and their queries need.</summary>
/// <param name="Metric">What documents are ranked by.</param>
/// <param name="Rotation">R; shape <c>[d, d]</c>; the rotated vector is R x.</param>
/// <param name="EncodeCodebooks">Codebooks that encode documents, and score unless others do.</param>
/// <param name="ScoreCodebooks">Codebooks of the look-up tables where codes were frozen; null where they are the same.</param>
/// <param name="Centroids">Coarse centroids in the rotated space; null for none.</param>
/// <param name="QueryHead">W of the query head; null for none.</param>
public sealed record SparseModel(
    RankMetric Metric,
    Matrix Rotation,
    ProductCodebooks EncodeCodebooks,
    ProductCodebooks? ScoreCodebooks = null,
    Matrix? Centroids = null,
    Matrix? QueryHead = null)
{
    /// <summary>Codebooks of the look-up tables.</summary>
    public ProductCodebooks TableCodebooks => ScoreCodebooks ?? EncodeCodebooks;

    /// <summary>Queries after the query head, in the space of the documents.</summary>
    /// <param name="queries">Queries, one a row.</param>
    /// <param name="threads">Threads to use; the result does not depend on it.</param>
    public Matrix TransformQueries(Matrix queries, int threads = MatrixProduct.DefaultThreads) =>
        QueryHead is null ? queries : new ResidualHead(QueryHead, Metric).Apply(queries, threads);

    /// <summary>Queries after the query head and the rotation: what look-up tables are made of.</summary>
    /// <param name="queries">Queries, one a row.</param>
    /// <param name="threads">Threads to use; the result does not depend on it.</param>
    public Matrix RotateQueries(Matrix queries, int threads = MatrixProduct.DefaultThreads) =>
        MatrixProduct.MultiplyTransposed(TransformQueries(queries, threads), Rotation, threads);

    /// <summary>Encodes documents.</summary>
    /// <param name="documents">Vectors, one a row.</param>
    /// <param name="threads">Threads to use; the result does not depend on it.</param>
    /// <param name="cancellation">Stops between chunks.</param>
    public ProductCodes Encode(
        Matrix documents,
        int threads = MatrixProduct.DefaultThreads,
        CancellationToken cancellation = default)
    {
        using var encoder = new Encoder(Rotation, EncodeCodebooks, Centroids);
        return encoder.Encode(documents, threads, cancellation);
    }
}
