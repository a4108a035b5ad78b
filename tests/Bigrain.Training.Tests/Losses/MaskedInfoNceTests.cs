using Bigrain.Training.Losses;
using Bigrain.Training.Numerics;

namespace Bigrain.Training.Tests.Losses;

public sealed class MaskedInfoNceTests
{
    [Fact]
    public void The_gradient_equals_differences_of_the_loss()
    {
        var (scores, targets, masked) = Case();
        var gradient = new Matrix(scores.Rows, scores.Columns);
        MaskedInfoNce.Compute(scores, 0.5, targets, masked, gradient);
        Slopes.AssertEqualDifferences(
            scores.Values,
            gradient.Values,
            Enumerable.Range(0, scores.Values.Length),
            () => MaskedInfoNce.Compute(scores, 0.5, targets, masked, null),
            1e-2f,
            5e-3);
    }

    [Fact]
    public void The_loss_is_the_logarithm_of_the_targets_share()
    {
        var scores = new Matrix([1, 2, 3], 1, 3);
        var expected = -Math.Log(Math.Exp(4) / (Math.Exp(2) + Math.Exp(4) + Math.Exp(6)));
        Assert.Equal(expected, MaskedInfoNce.Compute(scores, 0.5, [1], [], null), 1e-6);
    }

    [Fact]
    public void A_masked_column_counts_for_nothing_but_a_target_is_always_seen()
    {
        var scores = new Matrix([1, 9, 3], 1, 3);
        var gradient = new Matrix(1, 3);
        var loss = MaskedInfoNce.Compute(scores, 1, [0], [true, true, false], gradient);
        Assert.Equal(-Math.Log(Math.Exp(1) / (Math.Exp(1) + Math.Exp(3))), loss, 1e-6);
        Assert.Equal(0, gradient.Values[1]);
    }

    [Fact]
    public void A_row_without_a_target_takes_no_part()
    {
        var scores = new Matrix([1, 2, 5, 7], 2, 2);
        var gradient = new Matrix(2, 2);
        var loss = MaskedInfoNce.Compute(scores, 1, [0, MaskedInfoNce.NoTarget], [], gradient);
        Assert.Equal(MaskedInfoNce.Compute(new Matrix([1, 2], 1, 2), 1, [0], [], null), loss, 1e-9);
        Assert.Equal([0f, 0f], gradient.Row(1).ToArray());
    }

    [Fact]
    public void Scores_far_apart_overflow_nothing()
    {
        var scores = new Matrix([3000, -3000], 1, 2);
        var gradient = new Matrix(1, 2);
        Assert.Equal(600_000, MaskedInfoNce.Compute(scores, 0.01, [1], [], gradient), 1);
        Assert.All(gradient.Values, slope => Assert.True(float.IsFinite(slope)));
    }

    [Fact]
    public void A_gradient_can_be_added_to_another_and_weighted()
    {
        var (scores, targets, masked) = Case();
        var (once, thrice) = (new Matrix(scores.Rows, scores.Columns), new Matrix(scores.Rows, scores.Columns));
        MaskedInfoNce.Compute(scores, 0.5, targets, masked, once);
        MaskedInfoNce.Compute(scores, 0.5, targets, masked, thrice);
        MaskedInfoNce.Compute(scores, 0.5, targets, masked, thrice, weight: 2, accumulate: true);
        for (var i = 0; i < once.Values.Length; i++)
        {
            Assert.Equal(3 * once.Values[i], thrice.Values[i], 1e-6);
        }
    }

    private static (Matrix Scores, int[] Targets, bool[] Masked) Case()
    {
        var scores = RandomSets.Gaussian(31, 5, 9);
        var masked = new bool[45];
        (masked[4], masked[9 + 7], masked[30]) = (true, true, true);
        return (scores, [3, 0, 8, MaskedInfoNce.NoTarget, 1], masked);
    }
}
