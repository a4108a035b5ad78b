using Bigrain.Training.Data;
using Bigrain.Training.Heads;
using Bigrain.Training.Losses;
using Bigrain.Training.Numerics;
using Bigrain.Training.Quantisation;

namespace Bigrain.Training.Tests.Quantisation;

public sealed class SparseObjectiveTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private const int Dimension = 12;

    [Theory]
    [InlineData(1, 0, 0, RankMetric.Cosine)]
    [InlineData(1, 0, 0, RankMetric.Dot)]
    [InlineData(0.3, 0, 0, RankMetric.Cosine)]
    [InlineData(0, 0, 0, RankMetric.Cosine)]
    [InlineData(1, 0.4, 0, RankMetric.Cosine)]
    [InlineData(0.5, 0.1, 3, RankMetric.Cosine)]
    public void Gradients_equal_differences_of_the_loss_where_assignments_stay(
        double labelShare, double reconstruction, int centroidCount, RankMetric metric)
    {
        var options = new SparseOptions
        {
            Start = new RotationOptions { SubspaceCount = 3, Bits = 4, Rounds = 1 },
            LabelShare = labelShare,
            ReconstructionWeight = reconstruction,
            Temperature = 0.4,
        };
        var (objective, parameters, batch) = Case(options, centroidCount, metric, frozen: true);
        double Loss()
        {
            var value = objective.Compute(parameters, batch, (_, _) => 0.7);
            return value.Loss + (0.7 * value.CoarseLoss);
        }

        var gradients = objective.Compute(parameters, batch, (_, _) => 0.7);
        var words = gradients.Codebooks;
        var used = Enumerable.Range(0, words.Length).Where(i => words[i] != 0).ToArray();
        Assert.True(used.Length > 50, $"{used.Length} entries have a slope");
        Slopes.AssertEqualDifferences(parameters.Codebooks.Values, words, used, Loss, 4e-3f, 2e-2);
        Slopes.AssertEqualDifferences(
            parameters.Head!.Weights.Values, gradients.Head!, Enumerable.Range(0, Dimension * Dimension), Loss, 4e-3f, 2e-2);
        if (centroidCount > 0)
        {
            Slopes.AssertEqualDifferences(
                parameters.Centroids!.Values, gradients.Centroids!, Enumerable.Range(0, centroidCount * Dimension), Loss, 4e-3f, 2e-2);
        }
    }

    [Fact]
    public void The_straight_through_gradient_is_that_of_the_mix_of_words_around_the_chosen_one()
    {
        const double Temperature = 0.2;
        var options = new SparseOptions
        {
            Start = new RotationOptions { SubspaceCount = 3, Bits = 4, Rounds = 1 },
            Temperature = 0.4,
            Assignment = AssignmentKind.StraightThrough,
            AssignmentTemperature = Temperature,
        };
        var (objective, parameters, batch) = Case(options, 0, RankMetric.Cosine, frozen: true);
        var (queries, documents, rotation, codes) = Inputs(RankMetric.Cosine, options, batch);
        var gradients = objective.Compute(parameters, batch, (_, _) => 1);
        var chosen = Shares(parameters.Codebooks, documents, Temperature);

        // The surrogate: one for the chosen word, plus what the shares have moved since.
        double Loss()
        {
            var (books, moved) = (parameters.Codebooks, Shares(parameters.Codebooks, documents, Temperature));
            var values = new Matrix(documents.Rows, Dimension);
            for (var row = 0; row < values.Rows; row++)
            {
                for (var subspace = 0; subspace < books.SubspaceCount; subspace++)
                {
                    for (var word = 0; word < books.WordCount; word++)
                    {
                        var place = (((row * books.SubspaceCount) + subspace) * books.WordCount) + word;
                        var one = codes[(row * books.SubspaceCount) + subspace] == word ? 1 : 0;
                        for (var i = 0; i < books.Width(subspace); i++)
                        {
                            values.Row(row)[books.Start(subspace) + i] +=
                                (float)(one + moved[place] - chosen[place]) * books.Word(subspace, word)[i];
                        }
                    }
                }
            }

            var search = MatrixProduct.MultiplyTransposed(parameters.Head!.Apply(queries), rotation);
            var scores = MatrixProduct.MultiplyTransposed(search, values);
            return MaskedInfoNce.Compute(scores, options.Temperature, batch.Targets, batch.Masked, null);
        }

        Slopes.AssertEqualDifferences(
            parameters.Codebooks.Values, gradients.Codebooks, Enumerable.Range(0, gradients.Codebooks.Length), Loss, 4e-3f, 3e-2);
    }

    [Fact]
    public void One_thread_and_two_give_the_same_gradient_to_the_bit()
    {
        var options = new SparseOptions
        {
            Start = new RotationOptions { SubspaceCount = 3, Bits = 4, Rounds = 1 },
            Temperature = 0.4,
            LabelShare = 0.5,
            Assignment = AssignmentKind.StraightThrough,
            AssignmentTemperature = 0.1,
        };
        var (one, parameters, batch) = Case(options with { Threads = 1 }, 3, RankMetric.Cosine, frozen: false);
        var (two, _, _) = Case(options with { Threads = 2 }, 3, RankMetric.Cosine, frozen: false);
        var (first, second) = (one.Compute(parameters, batch, (_, _) => 1), two.Compute(parameters, batch, (_, _) => 1));
        Assert.Equal(first.Codebooks, second.Codebooks);
        Assert.Equal(first.Centroids!, second.Centroids!);
        Assert.Equal(first.Head!, second.Head!);
        Assert.Equal(first.Loss, second.Loss);
    }

    private static double[] Shares(ProductCodebooks books, Matrix documents, double temperature)
    {
        var shares = new double[documents.Rows * books.SubspaceCount * books.WordCount];
        for (var row = 0; row < documents.Rows; row++)
        {
            for (var subspace = 0; subspace < books.SubspaceCount; subspace++)
            {
                var first = ((row * books.SubspaceCount) + subspace) * books.WordCount;
                double total = 0;
                for (var word = 0; word < books.WordCount; word++)
                {
                    double squared = 0;
                    for (var i = 0; i < books.Width(subspace); i++)
                    {
                        var difference = documents.Row(row)[books.Start(subspace) + i] - books.Word(subspace, word)[i];
                        squared += (double)difference * difference;
                    }

                    shares[first + word] = Math.Exp(-squared / temperature);
                    total += shares[first + word];
                }

                for (var word = 0; word < books.WordCount; word++)
                {
                    shares[first + word] /= total;
                }
            }
        }

        return shares;
    }

    private static (Matrix Queries, Matrix Documents, Matrix Rotation, byte[] Codes) Inputs(
        RankMetric metric, SparseOptions options, SparseBatch batch)
    {
        var set = RandomSets.Misaligned(81, 60, 40, Dimension, metric);
        var start = OptimisedRotation.Train(set.Documents, options.Start, new SeededRandom(3), cancellation: Token);
        using var encoder = new Encoder(start.Rotation, start.Codebooks);
        var codes = encoder.Encode(set.Documents, cancellation: Token);
        return (
            set.Queries.Gather(batch.Queries),
            MatrixProduct.MultiplyTransposed(set.Documents, start.Rotation).Gather(batch.Documents),
            start.Rotation,
            [.. batch.Documents.SelectMany(document => codes.Of(document).ToArray())]);
    }

    private static (SparseObjective Objective, SparseParameters Parameters, SparseBatch Batch) Case(
        SparseOptions options, int centroidCount, RankMetric metric, bool frozen)
    {
        var set = RandomSets.Misaligned(81, 60, 40, Dimension, metric);
        var start = OptimisedRotation.Train(set.Documents, options.Start, new SeededRandom(3), cancellation: Token);
        var centroids = centroidCount == 0 ? null : RandomSets.Gaussian(82, centroidCount, Dimension, unit: true);
        var rotated = MatrixProduct.MultiplyTransposed(set.Documents, start.Rotation);
        using var encoder = new Encoder(start.Rotation, start.Codebooks, centroids);
        var codes = encoder.Encode(set.Documents, cancellation: Token);
        var teacher = Enumerable.Range(0, set.Queries.Rows).Select(query => new[] { query, query + 5, query + 11 }).ToArray();
        var batch = new SparseBatchBuilder(set, options, [], teacher).Build([30, 31, 32, 33, 34, 35], new SeededRandom(4));
        var weights = RandomSets.Gaussian(83, Dimension, Dimension);
        for (var i = 0; i < weights.Values.Length; i++)
        {
            weights.Values[i] *= 0.1f;
        }

        var parameters = new SparseParameters(start.Codebooks, centroids, new ResidualHead(weights, metric));
        return (
            new SparseObjective(options, start.Rotation, set.Queries, rotated, frozen ? codes : null, codes.Lists),
            parameters,
            batch);
    }
}
