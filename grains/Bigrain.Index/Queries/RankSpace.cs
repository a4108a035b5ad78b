using Bigrain.Index.Schema;

namespace Bigrain.Index.Queries;

/// <summary>Turns rank distances (smaller is closer) into the score of a metric; done last, once per hit.</summary>
public static class RankSpace
{
    /// <summary>The metric's own score.</summary>
    /// <param name="metric">The metric.</param>
    /// <param name="rankDistance">Squared distance (L2), negative similarity (cosine) or negative inner product (dot).</param>
    /// <returns>Euclidean distance for L2 (smaller is closer), otherwise the similarity (larger is closer).</returns>
    public static float ToScore(Metric metric, float rankDistance) =>
        metric == Metric.L2 ? MathF.Sqrt(MathF.Max(0, rankDistance)) : -rankDistance;
}
