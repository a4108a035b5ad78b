using System.Numerics;
using System.Runtime.Intrinsics;

namespace Bigrain.Kernels.Matrix;

/// <summary>Picks the smallest of a few thousand scores, in order, ties by place.</summary>
internal static unsafe class SmallestScores
{
    /// <summary>Up to so many, shifting in a loop beats searching the place and moving blocks.</summary>
    private const int ShortList = 48;

    /// <summary>Fills <paramref name="places"/> and <paramref name="values"/> with the smallest scores, ascending.</summary>
    /// <returns>How many were filled: all, or the number of scores that are not NaN if that is less.</returns>
    public static int Select(float* scores, int count, Span<int> places, Span<float> values)
    {
        var found = 0;
        var i = 0;
        if (places.IsEmpty)
        {
            return 0;
        }

        for (; i < count && found < places.Length; i++)
        {
            if (!float.IsNaN(scores[i]))
            {
                Insert(scores[i], i, places, values, ref found);
            }
        }

        if (Vector512.IsHardwareAccelerated)
        {
            for (; i + 16 <= count; i += 16)
            {
                var smaller = Vector512.LessThan(Vector512.Load(scores + i), Vector512.Create(values[^1]));
                for (var mask = smaller.ExtractMostSignificantBits(); mask != 0; mask &= mask - 1)
                {
                    Replace(scores, i + BitOperations.TrailingZeroCount(mask), places, values);
                }
            }
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            for (; i + 8 <= count; i += 8)
            {
                var smaller = Vector256.LessThan(Vector256.Load(scores + i), Vector256.Create(values[^1]));
                for (var mask = smaller.ExtractMostSignificantBits(); mask != 0; mask &= mask - 1)
                {
                    Replace(scores, i + BitOperations.TrailingZeroCount(mask), places, values);
                }
            }
        }

        for (; i < count; i++)
        {
            Replace(scores, i, places, values);
        }

        return found;
    }

    private static void Replace(float* scores, int place, Span<int> places, Span<float> values)
    {
        if (scores[place] < values[^1])
        {
            var found = places.Length - 1;
            Insert(scores[place], place, places, values, ref found);
        }
    }

    /// <summary>Inserts behind the equals, so that of equal scores the first one stays ahead.</summary>
    private static void Insert(float score, int place, Span<int> places, Span<float> values, ref int found)
    {
        var at = found++;
        if (at > ShortList)
        {
            at = UpperBound(values[..at], score);
            values[at..(found - 1)].CopyTo(values[(at + 1)..]);
            places[at..(found - 1)].CopyTo(places[(at + 1)..]);
        }
        else
        {
            for (; at > 0 && values[at - 1] > score; at--)
            {
                values[at] = values[at - 1];
                places[at] = places[at - 1];
            }
        }

        (values[at], places[at]) = (score, place);
    }

    private static int UpperBound(ReadOnlySpan<float> values, float score)
    {
        var (low, high) = (0, values.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = values[middle] > score ? (low, middle) : (middle + 1, high);
        }

        return low;
    }
}
