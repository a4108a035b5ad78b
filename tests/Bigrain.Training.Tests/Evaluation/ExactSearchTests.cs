using Bigrain.Training.Evaluation;
using Bigrain.Training.Numerics;

namespace Bigrain.Training.Tests.Evaluation;

public sealed class ExactSearchTests
{
    [Fact]
    public void The_search_over_all_documents_equals_a_sort_of_every_inner_product()
    {
        // Small whole numbers: products are exact, whatever the order of summation, and ties are many.
        var random = new SeededRandom(6);
        var documents = Whole(random, 500, 12);
        var queries = Whole(random, 37, 12);

        var found = ExactSearch.Search(queries, documents, 40, TestContext.Current.CancellationToken);

        for (var query = 0; query < queries.Rows; query++)
        {
            int[] expected =
            [
                .. Enumerable.Range(0, documents.Rows)
                    .OrderByDescending(row => Dot(queries.Row(query), documents.Row(row))).ThenBy(row => row).Take(40),
            ];
            Assert.Equal(expected, found[query]);
        }
    }

    private static Matrix Whole(SeededRandom random, int rows, int columns)
    {
        var matrix = new Matrix(rows, columns);
        for (var i = 0; i < matrix.Values.Length; i++)
        {
            matrix.Values[i] = random.Next(7) - 3;
        }

        return matrix;
    }

    private static float Dot(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        var sum = 0f;
        for (var i = 0; i < x.Length; i++)
        {
            sum += x[i] * y[i];
        }

        return sum;
    }
}
