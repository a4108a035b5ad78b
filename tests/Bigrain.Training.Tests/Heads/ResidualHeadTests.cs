using Bigrain.Training.Data;
using Bigrain.Training.Heads;
using Bigrain.Training.Losses;
using Bigrain.Training.Numerics;

namespace Bigrain.Training.Tests.Heads;

public sealed class ResidualHeadTests
{
    [Theory]
    [InlineData(RankMetric.Cosine)]
    [InlineData(RankMetric.Dot)]
    public void The_gradient_equals_differences_of_the_loss(RankMetric metric)
    {
        var head = new ResidualHead(RandomSets.Gaussian(51, 6, 6), metric);
        var (queries, documents) = (RandomSets.Gaussian(52, 5, 6, unit: true), RandomSets.Gaussian(53, 8, 6, unit: true));
        int[] targets = [0, 1, 2, 3, 4];
        var pass = head.Forward(queries);
        var slope = new Matrix(5, 8);
        MaskedInfoNce.Compute(MatrixProduct.MultiplyTransposed(pass.Output, documents), 0.7, targets, [], slope);
        var gradient = head.Backward(pass, MatrixProduct.Multiply(slope, documents));
        Slopes.AssertEqualDifferences(
            head.Weights.Values,
            gradient.Values,
            Enumerable.Range(0, 36),
            () => MaskedInfoNce.Compute(
                MatrixProduct.MultiplyTransposed(head.Apply(queries), documents), 0.7, targets, [], null),
            1e-2f,
            1e-2);
    }

    [Fact]
    public void At_step_0_the_loss_is_that_without_a_head()
    {
        var (queries, documents) = (RandomSets.Gaussian(54, 20, 16, unit: true), RandomSets.Gaussian(55, 50, 16, unit: true));
        var targets = Enumerable.Range(0, 20).ToArray();
        foreach (var metric in new[] { RankMetric.Cosine, RankMetric.Dot })
        {
            var mapped = new ResidualHead(16, metric).Apply(queries);
            Assert.Equal(
                MaskedInfoNce.Compute(MatrixProduct.MultiplyTransposed(queries, documents), 0.05, targets, [], null),
                MaskedInfoNce.Compute(MatrixProduct.MultiplyTransposed(mapped, documents), 0.05, targets, [], null),
                1e-5);
        }
    }

    [Fact]
    public void Vectors_come_out_at_unit_length_under_cosine_and_a_zero_vector_stays_zero()
    {
        var head = new ResidualHead(RandomSets.Gaussian(56, 8, 8), RankMetric.Cosine);
        var vectors = RandomSets.Gaussian(57, 3, 8, unit: true);
        vectors.Row(1).Clear();
        var pass = head.Forward(vectors);
        Assert.Equal(1, Bigrain.Kernels.Distances.Norm.Euclidean(pass.Output.Row(0)), 1e-5);
        Assert.Equal(0, Bigrain.Kernels.Distances.Norm.Euclidean(pass.Output.Row(1)));
        Assert.All(head.Backward(pass, pass.Output).Values, slope => Assert.True(float.IsFinite(slope)));
    }
}
