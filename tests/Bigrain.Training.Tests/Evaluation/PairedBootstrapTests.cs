using Bigrain.Training.Evaluation;
using Bigrain.Training.Numerics;

namespace Bigrain.Training.Tests.Evaluation;

public sealed class PairedBootstrapTests
{
    [Fact]
    public void A_clear_difference_is_not_noise_and_its_interval_holds_the_truth()
    {
        var random = new SeededRandom(1);
        double[] second = [.. Enumerable.Range(0, 800).Select(_ => random.Unit())];
        double[] first = [.. second.Select(value => value + 0.1 + (0.2 * (random.Unit() - 0.5)))];

        var difference = PairedBootstrap.Compare(first, second, seed: 7);

        Assert.False(difference.WithinNoise);
        Assert.InRange(0.1, difference.Low, difference.High);
        Assert.InRange(difference.P, 0, 0.001);
    }

    [Fact]
    public void The_interval_is_about_two_standard_errors_wide_each_way()
    {
        var random = new SeededRandom(2);
        double[] first = [.. Enumerable.Range(0, 1_000).Select(_ => random.Gaussian())];

        var difference = PairedBootstrap.Compare(first, new double[1_000], seed: 3);

        var error = 1 / Math.Sqrt(1_000);
        Assert.InRange(difference.High - difference.Low, 3.6 * error, 4.3 * error);
        Assert.Equal(difference.Low <= 0 && difference.High >= 0, difference.WithinNoise);
    }

    [Fact]
    public void Equal_systems_are_noise_with_p_1()
    {
        double[] values = [0.1, 0.5, 0.9];

        var difference = PairedBootstrap.Compare(values, values, seed: 1);

        Assert.Equal(new PairedDifference(0, 0, 0, 1), difference);
        Assert.True(difference.WithinNoise);
    }

    [Fact]
    public void The_same_seed_gives_the_same_interval_and_swapped_systems_the_mirrored_one()
    {
        var random = new SeededRandom(4);
        double[] first = [.. Enumerable.Range(0, 50).Select(_ => random.Unit())];
        double[] second = [.. Enumerable.Range(0, 50).Select(_ => random.Unit())];

        var one = PairedBootstrap.Compare(first, second, seed: 9);
        var swapped = PairedBootstrap.Compare(second, first, seed: 9);

        Assert.Equal(one, PairedBootstrap.Compare(first, second, seed: 9));
        Assert.Equal(one.Mean, -swapped.Mean, 12);
        Assert.Equal(one.Low, -swapped.High, 12);
    }
}
