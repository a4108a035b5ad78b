using Bigrain.Training.Numerics;

namespace Bigrain.Training.Tests.Numerics;

public sealed class SeededRandomTests
{
    [Fact]
    public void The_sequence_goes_on_from_a_seed_and_a_position()
    {
        var whole = new SeededRandom(5);
        for (var i = 0; i < 10; i++)
        {
            whole.Gaussian();
        }

        var resumed = new SeededRandom(whole.Seed, whole.Position);
        Assert.Equal(whole.Word(), resumed.Word());
    }

    [Fact]
    public void Forks_differ_from_each_other_and_leave_the_sequence_alone()
    {
        var random = new SeededRandom(5);
        Assert.NotEqual(random.Fork(1).Word(), random.Fork(2).Word());
        Assert.Equal(0ul, random.Position);
    }

    [Fact]
    public void A_normal_variate_has_mean_0_and_variance_1()
    {
        var random = new SeededRandom(6);
        var values = Enumerable.Range(0, 20_000).Select(_ => random.Gaussian()).ToArray();
        Assert.Equal(0, values.Average(), 0.03);
        Assert.Equal(1, values.Average(value => value * value), 0.05);
    }

    [Fact]
    public void A_shuffle_keeps_the_elements_and_a_sample_repeats_none()
    {
        var random = new SeededRandom(7);
        var values = Enumerable.Range(0, 100).ToArray();
        random.Shuffle<int>(values);
        Assert.NotEqual(Enumerable.Range(0, 100), values);
        Assert.Equal(Enumerable.Range(0, 100), values.Order());
        var sample = random.Sample(50, 20);
        Assert.Equal(sample.Distinct().Order(), sample);
        Assert.Equal(20, sample.Length);
    }
}
