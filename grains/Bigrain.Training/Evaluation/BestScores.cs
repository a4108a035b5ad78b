using Bigrain.Kernels.TopK;

namespace Bigrain.Training.Evaluation;

/// <summary>The places of the largest scores of a list, best first.</summary>
/// <remarks>Equal scores are ordered by place, also at the cut: the answer is a function of the scores alone. NaN ranks
/// below everything. Not safe for concurrent use: it keeps its scratch.</remarks>
public sealed class BestScores
{
    private float[] _negated = [];
    private float[] _keys = [];

    /// <summary>Places of the best scores.</summary>
    /// <param name="scores">Scores; larger is better.</param>
    /// <param name="count">How many are wanted.</param>
    /// <returns>At most <paramref name="count"/> places, best first.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is negative.</exception>
    public int[] Of(ReadOnlySpan<float> scores, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        var wanted = Math.Min(count, scores.Length);
        if (wanted == 0)
        {
            return [];
        }

        if (_negated.Length < scores.Length)
        {
            _negated = new float[scores.Length];
        }

        var negated = _negated.AsSpan(0, scores.Length);
        for (var i = 0; i < scores.Length; i++)
        {
            negated[i] = float.IsNaN(scores[i]) ? float.PositiveInfinity : -scores[i];
        }

        var limit = SmallestValues.Order(negated, wanted);
        return Collect(scores, limit, wanted);
    }

    /// <summary>All places strictly above the limit, filled up with those at it in the order of their places.</summary>
    private int[] Collect(ReadOnlySpan<float> scores, float limit, int wanted)
    {
        var places = new int[wanted];
        if (_keys.Length < wanted)
        {
            _keys = new float[wanted];
        }

        var found = 0;
        for (var pass = 0; pass < 2; pass++)
        {
            for (var i = 0; i < scores.Length && found < wanted; i++)
            {
                var key = float.IsNaN(scores[i]) ? float.PositiveInfinity : -scores[i];
                if (pass == 0 ? key < limit : key == limit)
                {
                    (places[found], _keys[found]) = (i, key);
                    found++;
                }
            }
        }

        var keys = _keys.AsSpan(0, wanted);
        keys.Sort(places.AsSpan());
        OrderTies(keys, places);
        return places;
    }

    private static void OrderTies(ReadOnlySpan<float> keys, int[] places)
    {
        for (var start = 0; start < keys.Length;)
        {
            var end = start + 1;
            while (end < keys.Length && keys[end] == keys[start])
            {
                end++;
            }

            Array.Sort(places, start, end - start);
            start = end;
        }
    }
}
