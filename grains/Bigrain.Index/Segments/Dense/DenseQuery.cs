using Bigrain.Index.Coarse;
using Bigrain.Index.Models;
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
    /// <param name="documentHead">What records go through before they are compared; null: nothing.</param>
    public DenseQuery(ReadOnlySpan<float> vector, Metric metric, ResidualTransform? documentHead = null)
    {
        DocumentHead = documentHead;
        _vector = vector.ToArray();
        Metric = metric;
        if (metric == Metric.Cosine)
        {
            RankDistance.Normalise(_vector);
        }
    }

    /// <summary>The vector, normalised under cosine; shape <c>[d]</c>.</summary>
    public ReadOnlySpan<float> Vector => _vector;

    /// <summary>What records go through before they are compared: d² products for each; null: nothing.</summary>
    public ResidualTransform? DocumentHead { get; }

    /// <summary>How vectors compare.</summary>
    public Metric Metric { get; }
}
