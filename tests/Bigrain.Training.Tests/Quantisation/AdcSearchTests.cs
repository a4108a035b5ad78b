using Bigrain.Kernels.Distances;
using Bigrain.Training.Data;
using Bigrain.Training.Numerics;
using Bigrain.Training.Quantisation;

namespace Bigrain.Training.Tests.Quantisation;

public sealed class AdcSearchTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(8, 0)]
    [InlineData(4, 0)]
    [InlineData(8, 6)]
    public void Scores_equal_the_product_with_what_the_code_stands_for(int bits, int centroidCount)
    {
        var (model, documents, queries) = Case(bits, centroidCount);
        var codes = model.Encode(documents, cancellation: Token);
        var search = new AdcSearch(codes, model.EncodeCodebooks, model.Centroids);
        var rotated = model.RotateQueries(queries);
        var found = search.SearchScored(rotated, documents.Rows, cancellation: Token);
        var value = new float[documents.Columns];
        for (var query = 0; query < queries.Rows; query++)
        {
            Assert.Equal(documents.Rows, found[query].Rows.Length);
            for (var rank = 0; rank < documents.Rows; rank++)
            {
                var document = found[query].Rows[rank];
                model.EncodeCodebooks.Decode(codes.Of(document), value);
                var expected = DotProduct.Compute(rotated.Row(query), value);
                expected += model.Centroids is null
                    ? 0
                    : DotProduct.Compute(rotated.Row(query), model.Centroids.Row(codes.Lists![document]));
                Assert.Equal(expected, found[query].Scores[rank], 1e-5);
            }

            Assert.Equal(found[query].Scores.OrderDescending(), found[query].Scores);
            Assert.Equal(found[query].Scores, search.Score(rotated.Row(query), found[query].Rows));
        }
    }

    [Fact]
    public void A_constant_added_to_all_words_of_a_subspace_changes_no_ranking_while_the_error_rises()
    {
        var (model, documents, queries) = Case(8, 0);
        var codes = model.Encode(documents, cancellation: Token);
        var shifted = model.EncodeCodebooks.Copy();
        for (var subspace = 0; subspace < shifted.SubspaceCount; subspace++)
        {
            for (var word = 0; word < shifted.WordCount; word++)
            {
                var coordinates = shifted.Word(subspace, word);
                for (var i = 0; i < coordinates.Length; i++)
                {
                    // A power of two: the sums are shifted with hardly any rounding.
                    coordinates[i] += 0.25f * (subspace + 1);
                }
            }
        }

        var rotated = model.RotateQueries(queries);
        var before = new AdcSearch(codes, model.EncodeCodebooks).SearchScored(rotated, 50, cancellation: Token);
        var after = new AdcSearch(codes, shifted).SearchScored(rotated, 50, cancellation: Token);
        for (var query = 0; query < queries.Rows; query++)
        {
            // Documents of equal codes tie; others keep their order, up to the rounding of sums that are now larger.
            var places = before[query].Rows.Select(row => Array.IndexOf(after[query].Rows, row)).ToArray();
            for (var rank = 1; rank < 50; rank++)
            {
                if (before[query].Scores[rank - 1] - before[query].Scores[rank] > 1e-5)
                {
                    Assert.True(places[rank] < 0 || (places[rank - 1] >= 0 && places[rank - 1] < places[rank]));
                }
            }
        }

        Assert.True(Error(shifted, codes, model, documents) > 2 * Error(model.EncodeCodebooks, codes, model, documents));
    }

    [Fact]
    public void One_thread_and_two_find_the_same_to_the_bit()
    {
        var (model, documents, queries) = Case(8, 5);
        var (one, two) = (new SparseIndex(model, documents, 1, cancellation: Token), new SparseIndex(model, documents, 2, cancellation: Token));
        Assert.Equal(one.Codes.Values, two.Codes.Values);
        var (first, second) = (one.Search(queries, 30, probes: 2, cancellation: Token), two.Search(queries, 30, probes: 2, cancellation: Token));
        Assert.Equal(first.Select(found => found.Rows), second.Select(found => found.Rows));
        Assert.Equal(first.Select(found => found.Scores), second.Select(found => found.Scores));
    }

    [Fact]
    public void Few_probes_look_into_the_best_lists_alone()
    {
        var (model, documents, queries) = Case(8, 5);
        var index = new SparseIndex(model, documents, cancellation: Token);
        var rotated = model.RotateQueries(queries);
        for (var query = 0; query < queries.Rows; query++)
        {
            var best = Enumerable.Range(0, 5).MaxBy(list => DotProduct.Compute(rotated.Row(query), model.Centroids!.Row(list)));
            var found = index.Search(queries, documents.Rows, probes: 1, cancellation: Token)[query];
            Assert.Equal(
                Enumerable.Range(0, documents.Rows).Where(row => index.Codes.Lists![row] == best), found.Rows.Order());
        }
    }

    private static double Error(ProductCodebooks codebooks, ProductCodes codes, SparseModel model, Matrix documents)
    {
        var rotated = MatrixProduct.MultiplyTransposed(documents, model.Rotation);
        var value = new float[documents.Columns];
        double sum = 0;
        for (var row = 0; row < documents.Rows; row++)
        {
            codebooks.Decode(codes.Of(row), value);
            sum += SquaredL2.Compute(rotated.Row(row), value);
        }

        return sum / documents.Rows;
    }

    private static (SparseModel Model, Matrix Documents, Matrix Queries) Case(int bits, int centroidCount)
    {
        var (documents, queries) = (RandomSets.Gaussian(71, 700, 32, unit: true), RandomSets.Gaussian(72, 9, 32, unit: true));
        var options = new RotationOptions { SubspaceCount = 8, Bits = bits, Rounds = 2 };
        var start = OptimisedRotation.Train(documents, options, new SeededRandom(2), cancellation: Token);
        var centroids = centroidCount == 0 ? null : RandomSets.Gaussian(73, centroidCount, 32, unit: true);
        return (new SparseModel(RankMetric.Cosine, start.Rotation, start.Codebooks, null, centroids), documents, queries);
    }
}
