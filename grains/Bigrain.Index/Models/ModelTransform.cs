using Bigrain.Index.Schema;
using Bigrain.Kernels.Matrix;
using Bigrain.Kernels.Pq;

namespace Bigrain.Index.Models;

/// <summary>A trained model as it is served: what becomes of documents and queries.</summary>
/// <remarks>Immutable, any number of threads.</remarks>
public sealed class ModelTransform
{
    private readonly TrainedModel _model;
    private readonly ResidualTransform? _sparseQuery;
    private readonly ResidualTransform? _denseQuery;

    /// <summary>Prepares a model.</summary>
    /// <param name="model">The model.</param>
    public ModelTransform(TrainedModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        _model = model;
        _sparseQuery = Head(model.Content.SparseQueryHead);
        _denseQuery = Head(model.Content.DenseQueryHead);
        DocumentHead = Head(model.Content.DenseDocumentHead);
        ScoreCodebooks = model.Content.ScoreCodebooks ?? model.Content.Codebooks;
    }

    /// <summary>The model's file.</summary>
    public TrainedModel File => _model;

    /// <summary>Hash of the model's file.</summary>
    public UInt128 Hash => _model.Hash;

    /// <summary>How vectors compare.</summary>
    public Metric Metric => _model.Content.Metric;

    /// <summary>Candidates to verify, unless a query asks for another number.</summary>
    public int Shortlist => _model.Content.Shortlist;

    /// <summary>Weight of the estimate in the final score.</summary>
    public float Lambda => _model.Content.Lambda;

    /// <summary>Codebooks that look-up tables are made of.</summary>
    public PqCodebooks ScoreCodebooks { get; }

    /// <summary>Whether these are other ones than those that encode.</summary>
    public bool HasScoreCodebooks => _model.Content.ScoreCodebooks is not null;

    /// <summary>Head of documents, applied to their records when they are verified; null: none.</summary>
    public ResidualTransform? DocumentHead { get; }

    /// <summary>Turns a vector into the space of the codes: R z.</summary>
    /// <param name="vector">Shape <c>[d]</c>.</param>
    /// <param name="rotated">Receives <c>[d]</c>; must not overlap it.</param>
    public void Rotate(ReadOnlySpan<float> vector, Span<float> rotated) => RowProduct.Multiply(_model.Content.Rotation, vector, rotated);

    /// <summary>The query of the coarse pass.</summary>
    /// <param name="query">As it was asked; shape <c>[d]</c>.</param>
    public float[] CoarseQuery(ReadOnlySpan<float> query) => Apply(_sparseQuery, query);

    /// <summary>The query of the verification.</summary>
    /// <param name="query">As it was asked; shape <c>[d]</c>.</param>
    public float[] DenseQuery(ReadOnlySpan<float> query) => Apply(_denseQuery, query);

    private static float[] Apply(ResidualTransform? head, ReadOnlySpan<float> query)
    {
        if (head is null)
        {
            return query.ToArray();
        }

        var result = new float[query.Length];
        head.Apply(query, result);
        return result;
    }

    private ResidualTransform? Head(float[]? matrix) =>
        matrix is null ? null : new ResidualTransform(matrix, _model.Content.Dimension, _model.Content.Metric);
}
