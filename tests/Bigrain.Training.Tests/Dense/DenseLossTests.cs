using Bigrain.Training.Data;
using Bigrain.Training.Dense;
using Bigrain.Training.Locality;
using Bigrain.Training.Numerics;

namespace Bigrain.Training.Tests.Dense;

public sealed class DenseLossTests
{
    private static readonly DenseOptions Options = new();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_loss_of_identity_heads_is_that_of_the_unadapted_vectors(bool shared)
    {
        var set = MisalignedWorld.Make();
        var batch = Batch(set, shared);

        var step = new DenseLoss(set, set.Split.Training, Options)
            .Compute(batch, DenseHeads.Identity(set.Dimension, set.Metric, document: true));

        Assert.Equal(Unadapted(set, batch), step.Loss, 1e-5);
    }

    [Fact]
    public void The_temperature_follows_the_length_of_vectors_ranked_by_inner_product()
    {
        var set = MisalignedWorld.Make();
        var longer = set with { Metric = RankMetric.Dot, Documents = Scaled(set.Documents, 3), Queries = Scaled(set.Queries, 2) };
        var batch = Batch(set, shared: true);
        double LossOf(TrainingSet one) => new DenseLoss(one, one.Split.Training, Options)
            .Compute(batch, DenseHeads.Identity(one.Dimension, one.Metric, document: true)).Loss;

        Assert.Equal(LossOf(set), LossOf(longer), 1e-5);
    }

    [Theory]
    [InlineData(RankMetric.Cosine)]
    [InlineData(RankMetric.Dot)]
    public void The_gradients_of_both_heads_equal_finite_differences(RankMetric metric)
    {
        var set = MisalignedWorld.Make() with { Metric = metric };
        var batch = Batch(set, shared: true);
        var random = new SeededRandom(31);
        var heads = DenseHeads.Identity(set.Dimension, set.Metric, document: true);
        foreach (var weights in new[] { heads.Query.Weights.Values, heads.Document!.Weights.Values })
        {
            for (var i = 0; i < weights.Length; i++)
            {
                weights[i] = (float)(0.1 * random.Gaussian());
            }
        }

        var loss = new DenseLoss(set, set.Split.Training, new DenseOptions { Temperature = 0.2f });
        var step = loss.Compute(batch, heads);

        Check(heads.Query.Weights.Values, step.QueryGradient.Values);
        Check(heads.Document!.Weights.Values, step.DocumentGradient!.Values);

        void Check(float[] weights, float[] gradient)
        {
            const float Width = 4e-3f;
            for (var i = 0; i < weights.Length; i += 7)
            {
                var kept = weights[i];
                weights[i] = kept + Width;
                var above = loss.Compute(batch, heads).Loss;
                weights[i] = kept - Width;
                var below = loss.Compute(batch, heads).Loss;
                weights[i] = kept;
                Assert.Equal((above - below) / (2 * Width), gradient[i], 2e-3);
            }
        }
    }

    [Fact]
    public void Labelled_positives_and_near_duplicates_of_the_positive_are_not_pushed_away()
    {
        var set = MisalignedWorld.Make();
        var query = set.Split.Training[0];
        var positive = set.Relevant.Of(query)[0];
        // Document 1 becomes a second positive, document 2 a copy of the positive.
        int[][] relevant = [.. Enumerable.Range(0, set.Relevant.QueryCount).Select(row => set.Relevant.Of(row).ToArray())];
        relevant[query] = [positive, 1];
        set.Documents.Row(positive).CopyTo(set.Documents.Row(2));
        set = set with { Relevant = new Judgements(relevant) };
        var loss = new DenseLoss(set, set.Split.Training, Options);
        var heads = DenseHeads.Identity(set.Dimension, set.Metric, document: true);

        var plain = loss.Compute(new TrainingBatch([0], [positive], [10, 11], Shared: true), heads);
        var crowded = loss.Compute(new TrainingBatch([0], [positive], [10, 11, 1, 2], Shared: true), heads);

        Assert.Equal(plain.Loss, crowded.Loss, 1e-9);
        Assert.Equal(2, crowded.Negatives);
    }

    [Fact]
    public void Documents_without_a_head_get_no_gradient()
    {
        var set = MisalignedWorld.Make();
        var step = new DenseLoss(set, set.Split.Training, Options)
            .Compute(Batch(set, shared: true), DenseHeads.Identity(set.Dimension, set.Metric, document: false));

        Assert.Null(step.DocumentGradient);
        Assert.Contains(step.QueryGradient.Values, value => value != 0);
    }

    private static TrainingBatch Batch(TrainingSet set, bool shared)
    {
        int[] queries = [.. Enumerable.Range(0, 9)];
        int[] positives = [.. queries.Select(query => set.Relevant.Of(set.Split.Training[query])[0])];
        var documents = Enumerable.Range(0, set.Documents.Rows).Except(positives).Take(27);
        return new TrainingBatch(queries, positives, [.. documents], shared);
    }

    /// <summary>The loss by the book, in doubles, without heads and without the trainer's own pieces.</summary>
    private static double Unadapted(TrainingSet set, TrainingBatch batch)
    {
        var sum = 0.0;
        for (var place = 0; place < batch.Queries.Length; place++)
        {
            var query = set.Split.Training[batch.Queries[place]];
            var own = batch.Positives[place];
            int[] all = batch.Shared ? batch.DistinctDocuments() : [own, .. batch.NegativesOf(place)];
            var denominator = 0.0;
            foreach (var document in all)
            {
                if (document == own || (!set.Relevant.Contains(query, document) && Dot(set.Documents.Row(own), set.Documents.Row(document)) <= 0.98))
                {
                    denominator += Math.Exp(Dot(set.Queries.Row(query), set.Documents.Row(document)) / 0.05);
                }
            }

            sum -= (Dot(set.Queries.Row(query), set.Documents.Row(own)) / 0.05) - Math.Log(denominator);
        }

        return sum / batch.Queries.Length;
    }

    private static double Dot(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        var sum = 0.0;
        for (var i = 0; i < x.Length; i++)
        {
            sum += (double)x[i] * y[i];
        }

        return sum;
    }

    private static Matrix Scaled(Matrix matrix, float factor) =>
        new([.. matrix.Values.Select(value => value * factor)], matrix.Rows, matrix.Columns);
}
