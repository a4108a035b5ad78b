using System.Collections.Immutable;

namespace Bigrain.Index.Manifests;

/// <summary>How a segment's documents expire, in twentieths: enough to know when it is worth rewriting, without looking at them.</summary>
public static class ExpirySteps
{
    /// <summary>Steps of a segment all of whose documents expire.</summary>
    public const int Count = 20;

    /// <summary>Finds the steps of a segment.</summary>
    /// <param name="expiries">When documents expire, Unix milliseconds, in any order; those that never do are not in it.</param>
    /// <param name="slotCount">All documents of the segment.</param>
    /// <returns>Ascending: the k-th from 1 is when k twentieths have expired; null when not even one will.</returns>
    public static ImmutableArray<long>? Of(IReadOnlyCollection<long> expiries, int slotCount)
    {
        ArgumentNullException.ThrowIfNull(expiries);
        long[] sorted = [.. expiries.Order()];
        var steps = ImmutableArray.CreateBuilder<long>(Count);
        for (int step = 1; step <= Count; step++)
        {
            int needed = (int)((((long)step * slotCount) + Count - 1) / Count);
            if (needed > sorted.Length)
            {
                break;
            }

            steps.Add(sorted[needed - 1]);
        }

        return steps.Count == 0 ? null : steps.ToImmutable();
    }

    /// <summary>Share of a segment's documents that has expired at least, 0 to 1.</summary>
    /// <param name="steps">Its steps.</param>
    /// <param name="now">Unix milliseconds.</param>
    public static double ShareExpired(ImmutableArray<long>? steps, long now) =>
        steps is { } known ? (double)known.Count(at => at <= now) / Count : 0;
}
