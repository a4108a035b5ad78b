using Bigrain.Index.Coarse;
using Bigrain.Index.Models;
using Bigrain.Index.Schema;

namespace Bigrain.Index.Exact;

/// <summary>The score that an exact pass orders documents by, as rows and queries whose product it is.</summary>
/// <remarks>Without a model, rows and queries are as they were written. Under a model the final score is a sum of two products, that of the
/// dense vectors and lambda times that of the codes: the product of vectors that hold both, one behind the other.</remarks>
internal sealed class ExactScores
{
    private readonly ModelTransform? _model;
    private readonly PlainCodes? _codes;
    private readonly int _dimension;
    private readonly float[] _unit;
    private readonly float[] _rotated;
    private readonly byte[] _block;

    public ExactScores(ModelTransform? model, LearnedTables? tables, Metric metric, int dimension)
    {
        _model = model;
        _dimension = dimension;
        Metric = model is null ? metric : Metric.Dot;
        IsUnit = metric == Metric.Cosine;
        bool mixes = model is { Lambda: not 0 };
        Width = mixes ? 2 * dimension : dimension;
        _codes = mixes ? new PlainCodes(tables!.Codebooks) : null;
        _block = new byte[_codes?.BlockBytes ?? 0];
        _unit = new float[dimension];
        _rotated = new float[dimension];
    }

    /// <summary>How rows and queries compare.</summary>
    public Metric Metric { get; }

    /// <summary>Elements of a row.</summary>
    public int Width { get; }

    private bool IsUnit { get; }

    /// <summary>Makes the queries.</summary>
    /// <param name="vectors">As they were asked; shape <c>[n, d]</c>.</param>
    public float[] Queries(float[] vectors)
    {
        if (_model is null)
        {
            return vectors;
        }

        int count = vectors.Length / _dimension;
        var queries = new float[count * Width];
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<float> vector = vectors.AsSpan(i * _dimension, _dimension);
            Span<float> query = queries.AsSpan(i * Width, Width);
            Put(_model.DenseQuery(vector), query[.._dimension]);
            if (_codes is not null)
            {
                Put(_model.CoarseQuery(vector), _unit);
                _model.Rotate(_unit, query[_dimension..]);
            }
        }

        return queries;
    }

    /// <summary>Makes a row of a stored vector.</summary>
    /// <param name="vector">As it is stored; shape <c>[d]</c>.</param>
    /// <param name="isCoded">Whether it has a code; the vector itself estimates where it has none yet.</param>
    /// <param name="row">Receives <see cref="Width"/> elements.</param>
    public void Put(ReadOnlySpan<float> vector, bool isCoded, Span<float> row)
    {
        if (_model is null)
        {
            vector.CopyTo(row);
            return;
        }

        Put(vector, _unit);
        if (_model.DocumentHead is { } head)
        {
            head.Apply(_unit, row[.._dimension]);
        }
        else
        {
            _unit.CopyTo(row);
        }

        if (_codes is null)
        {
            return;
        }

        Span<float> estimate = row[_dimension..];
        _model.Rotate(_unit, _rotated);
        if (isCoded)
        {
            _block.AsSpan().Clear();
            _codes.Encode(_rotated, _block, 0, estimate);
            if (_model.HasScoreCodebooks)
            {
                _codes.Decode(_block, 0, _model.ScoreCodebooks, estimate);
            }
        }
        else
        {
            _rotated.CopyTo(estimate);
        }

        for (int i = 0; i < estimate.Length; i++)
        {
            estimate[i] *= _model.Lambda;
        }
    }

    private void Put(ReadOnlySpan<float> vector, Span<float> place)
    {
        vector.CopyTo(place);
        if (IsUnit)
        {
            RankDistance.Normalise(place);
        }
    }
}
