using Bigrain.Index.Exact;
using Bigrain.Index.Queries;

namespace Bigrain.Grains.Recall;

/// <summary>Compares what a search found with the truth.</summary>
internal static class RecallScore
{
    // Distances of equal documents may differ by the order of sums.
    private const float Rounding = 1e-6f;

    /// <summary>Share of the true neighbours that were found; a hit as close as the farthest of them counts as one.</summary>
    /// <param name="exact">The truth, closest first; as many as there are, at most k.</param>
    /// <param name="found">What the search found.</param>
    public static double Of(IReadOnlyList<ExactHit> exact, IReadOnlyList<QueryHit> found)
    {
        if (exact.Count == 0)
        {
            return 1;
        }

        float farthest = exact[^1].Distance;
        float limit = farthest + (Rounding * (1 + Math.Abs(farthest)));
        int hits = found.Count(hit => hit.RankDistance <= limit || exact.Any(near => near.Id.Span.SequenceEqual(hit.Id.Span)));
        return (double)Math.Min(hits, exact.Count) / exact.Count;
    }
}
