using Bigrain.Index.Coarse;
using Bigrain.Index.Schema;

namespace Bigrain.Index.Segments.Dense;

/// <summary>A query vector ready for exact scoring; shared by all segments.</summary>
/// <remarks>Immutable, any number of threads.</remarks>
public sealed class DenseQuery
{
    private readonly float[] _vector;

    /// <summary>Prepares a query.</summary>
    /// <param name="vector">Shape <c>[d]</c>; normalised here under cosine.</param>
    /// <param name="metric">How vectors compare.</param>
    public DenseQuery(ReadOnlySpan<float> vector, Metric metric)
    {
        _vector = vector.ToArray();
        Metric = metric;
        if (metric == Metric.Cosine)
        {
            RankDistance.Normalise(_vector);
        }
    }

    /// <summary>The vector, normalised under cosine; shape <c>[d]</c>.</summary>
    public ReadOnlySpan<float> Vector => _vector;

    /// <summary>How vectors compare.</summary>
    public Metric Metric { get; }
}
