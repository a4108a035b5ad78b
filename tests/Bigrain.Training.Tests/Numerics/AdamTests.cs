using Bigrain.Training.Numerics;

namespace Bigrain.Training.Tests.Numerics;

public sealed class AdamTests
{
    [Fact]
    public void The_first_step_has_the_length_of_the_learning_rate_whatever_the_gradient()
    {
        var parameters = new float[] { 1, 1 };
        new Adam(2).Step(parameters, [1000, -0.001f], 0.1);
        Assert.Equal(0.9, parameters[0], 1e-5);
        Assert.Equal(1.1, parameters[1], 1e-5);
    }

    [Fact]
    public void A_step_is_that_of_the_formula()
    {
        var parameters = new float[] { 0.5f };
        var adam = new Adam(1, weightDecay: 0.1);
        double expected = 0.5, first = 0, second = 0;
        for (var step = 1; step <= 5; step++)
        {
            var gradient = (float)Math.Sin(step);
            adam.Step(parameters, [gradient], 0.02);
            first = (0.9 * first) + (0.1 * gradient);
            second = (0.999 * second) + (0.001 * gradient * gradient);
            var corrected = first / (1 - Math.Pow(0.9, step)) / (Math.Sqrt(second / (1 - Math.Pow(0.999, step))) + 1e-8);
            expected = (expected * (1 - (0.02 * 0.1))) - (0.02 * corrected);
        }

        Assert.Equal(expected, parameters[0], 1e-5);
    }

    [Fact]
    public void An_optimiser_that_goes_on_from_its_state_does_the_same_to_the_bit()
    {
        var (whole, resumed) = (new float[] { 1, 2 }, new float[] { 1, 2 });
        var (a, b) = (new Adam(2), new Adam(2));
        for (var step = 0; step < 6; step++)
        {
            float[] gradient = [0.3f * step, -1];
            a.Step(whole, gradient, 0.01);
            b.Step(resumed, gradient, 0.01);
            b = new Adam(b.Capture());
        }

        Assert.Equal(whole, resumed);
    }

    [Fact]
    public void The_rate_rises_for_a_tenth_of_the_steps_and_falls_to_nothing()
    {
        var schedule = new LearningRateSchedule(100);
        Assert.Equal(0.1, schedule.Factor(0), 1e-9);
        Assert.Equal(1, schedule.Factor(9), 1e-9);
        Assert.Equal(1, schedule.Factor(10), 1e-9);
        Assert.Equal(0.5, schedule.Factor(55), 1e-9);
        Assert.Equal(1.0 / 90, schedule.Factor(99), 1e-9);
        Assert.Equal(0, schedule.Factor(100));
        Assert.True(new LearningRateSchedule(1).Factor(0) > 0);
    }

    [Fact]
    public void A_long_gradient_is_cut_to_the_limit_and_a_short_one_is_left_alone()
    {
        float[] first = [3, 0];
        float[] second = [4];
        Assert.Equal(5, GradientClipping.Clip(1, first, second), 1e-6);
        Assert.Equal([0.6f, 0], first);
        Assert.Equal(0.8, second[0], 1e-6);
        Assert.Equal(1, GradientClipping.Clip(2, first, second), 1e-6);
        Assert.Equal(0.8, second[0], 1e-6);
    }
}
