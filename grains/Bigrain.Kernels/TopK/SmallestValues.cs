using System.Numerics;
using System.Runtime.Intrinsics;

namespace Bigrain.Kernels.TopK;

/// <summary>Finds a limit below which roughly the smallest values of a list lie, and collects them.</summary>
/// <remarks>
/// The list is read as lanes; every group of <see cref="GroupValues"/> lanes of the same place gives one minimum. The
/// t-th smallest of those minima has at least t values at or below it, and few more: so only a small part of the list
/// is ever ordered. NaN is never chosen. Unsafe for native memory; the list is read in whole vectors of 16 up to its
/// length rounded down, the rest one by one.
/// </remarks>
public static unsafe class SmallestValues
{
    private const int Lanes = 16;
    private const int GroupValues = 8;

    /// <summary>Numbers of minima that <see cref="Limit"/> makes for a list.</summary>
    /// <param name="count">Length of the list.</param>
    public static int MinimaCount(int count) => count < Lanes * GroupValues ? count : ((count / (Lanes * GroupValues)) + 1) * Lanes;

    /// <summary>Finds a value that at least <paramref name="wanted"/> values do not pass.</summary>
    /// <param name="values">The list.</param>
    /// <param name="count">Its length.</param>
    /// <param name="wanted">How many, at least 1.</param>
    /// <param name="minima">Scratch of <see cref="MinimaCount"/> floats.</param>
    /// <returns>The limit; infinity when all are wanted.</returns>
    public static float Limit(float* values, int count, int wanted, Span<float> minima)
    {
        if (wanted >= count)
        {
            return float.PositiveInfinity;
        }

        int groups = count / (Lanes * GroupValues);
        if (groups * Lanes < wanted + Lanes)
        {
            // Too short for minima: order the list itself.
            if (minima.Length < count)
            {
                return float.PositiveInfinity;
            }

            new ReadOnlySpan<float>(values, count).CopyTo(minima);
            return Order(minima[..count], wanted);
        }

        fixed (float* destination = minima)
        {
            float* source = values;
            for (int group = 0; group < groups; group++)
            {
                var smallest = Vector512.Load(source);
                for (int i = 1; i < GroupValues; i++)
                {
                    smallest = Vector512.Min(smallest, Vector512.Load(source + (i * Lanes)));
                }

                smallest.Store(destination + (group * Lanes));
                source += GroupValues * Lanes;
            }
        }

        return Order(minima[..(groups * Lanes)], wanted);
    }

    /// <summary>Collects the places of the values at or below a limit.</summary>
    /// <param name="values">The list.</param>
    /// <param name="count">Its length.</param>
    /// <param name="limit">The limit.</param>
    /// <param name="places">Receives places in ascending order, as many as it holds.</param>
    /// <returns>How many were collected.</returns>
    public static int Collect(float* values, int count, float limit, Span<int> places)
    {
        int found = 0;
        int i = 0;
        var limits = Vector512.Create(limit);
        for (; i <= count - Lanes; i += Lanes)
        {
            ulong mask = Vector512.LessThanOrEqual(Vector512.Load(values + i), limits).ExtractMostSignificantBits();
            while (mask != 0 && found < places.Length)
            {
                places[found++] = i + BitOperations.TrailingZeroCount(mask);
                mask &= mask - 1;
            }
        }

        for (; i < count && found < places.Length; i++)
        {
            if (values[i] <= limit)
            {
                places[found++] = i;
            }
        }

        return found;
    }

    /// <summary>The <paramref name="wanted"/>-th smallest value (from 1); the list is reordered.</summary>
    /// <param name="values">The list; at least one value.</param>
    /// <param name="wanted">1 to the length.</param>
    public static float Order(Span<float> values, int wanted)
    {
        int target = wanted - 1;
        int low = 0;
        int high = values.Length - 1;
        while (low < high)
        {
            float pivot = values[low + ((high - low) / 2)];
            int left = low;
            int right = high;
            while (left <= right)
            {
                while (values[left] < pivot)
                {
                    left++;
                }

                while (values[right] > pivot)
                {
                    right--;
                }

                if (left <= right)
                {
                    (values[left], values[right]) = (values[right], values[left]);
                    left++;
                    right--;
                }
            }

            if (target <= right)
            {
                high = right;
            }
            else if (target >= left)
            {
                low = left;
            }
            else
            {
                break;
            }
        }

        return values[target];
    }
}
