using Bigrain.Kernels.Rotation;

namespace Bigrain.Training.Evaluation;

/// <summary>Compares two systems on the same queries by resampling the queries.</summary>
/// <remarks>Efron and Tibshirani 1993, percentile interval. Queries are the unit: measures of several seeds are averaged
/// per query first (<see cref="RankingScores.MeanOf"/>), because the runs of one query are not independent. The same
/// seed gives the same answer.</remarks>
public static class PairedBootstrap
{
    /// <summary>Number of resamples unless told otherwise.</summary>
    public const int DefaultResamples = 10_000;

    /// <summary>Compares.</summary>
    /// <param name="first">Measure of the first system, one value a query.</param>
    /// <param name="second">Measure of the second system on the same queries.</param>
    /// <param name="seed">Seed of the resampling.</param>
    /// <param name="resamples">Number of resamples, at least 100.</param>
    /// <exception cref="ArgumentException">The lists differ in length or are empty.</exception>
    public static PairedDifference Compare(
        ReadOnlySpan<double> first, ReadOnlySpan<double> second, ulong seed, int resamples = DefaultResamples)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(resamples, 100);
        if (first.Length != second.Length || first.IsEmpty)
        {
            throw new ArgumentException($"{first.Length} values against {second.Length}: the same queries are needed");
        }

        var count = first.Length;
        var differences = new double[count];
        var sum = 0.0;
        for (var i = 0; i < count; i++)
        {
            differences[i] = first[i] - second[i];
            sum += differences[i];
        }

        var means = Resample(differences, seed, resamples);
        var notAbove = means.Count(mean => mean <= 0);
        var notBelow = means.Count(mean => mean >= 0);
        var p = 2.0 * (Math.Min(notAbove, notBelow) + 1) / (resamples + 1);
        Array.Sort(means);
        return new PairedDifference(
            sum / count, Quantile(means, 0.025), Quantile(means, 0.975), Math.Min(1, p));
    }

    private static double[] Resample(double[] differences, ulong seed, int resamples)
    {
        var means = new double[resamples];
        var position = 0UL;
        for (var resample = 0; resample < resamples; resample++)
        {
            var sum = 0.0;
            for (var i = 0; i < differences.Length; i++)
            {
                // The high half of a product with the length: an index without division.
                sum += differences[(int)Math.BigMul(SplitMix64.Word(seed, position++), (ulong)differences.Length, out _)];
            }

            means[resample] = sum / differences.Length;
        }

        return means;
    }

    private static double Quantile(double[] sorted, double share)
    {
        var place = share * (sorted.Length - 1);
        var below = (int)place;
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((place - below) * (sorted[above] - sorted[below]));
    }
}
