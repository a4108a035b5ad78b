using Bigrain.Training.Data;
using Bigrain.Training.Evaluation;
using Bigrain.Training.Numerics;

namespace Bigrain.Training.Tests.Dense;

/// <summary>Documents on a sphere and queries that see them through a fixed map: a head can undo it.</summary>
internal static class MisalignedWorld
{
    public const int Dimension = 12;
    public const int Depth = 60;

    public static TrainingSet Make(ulong seed = 21, double misalignment = 0.25, int queries = 400)
    {
        var random = new SeededRandom(seed);
        var documents = new Matrix(900, Dimension);
        Fill(documents, random);
        var map = new Matrix(Dimension, Dimension);
        for (var i = 0; i < map.Values.Length; i++)
        {
            map.Values[i] = (float)(misalignment * random.Gaussian()) + (i % (Dimension + 1) == 0 ? 1 : 0);
        }

        var sources = new int[queries][];
        for (var query = 0; query < queries; query++)
        {
            sources[query] = [random.Next(documents.Rows)];
        }

        var vectors = MatrixProduct.Multiply(documents.Gather([.. sources.Select(rows => rows[0])]), map);
        for (var i = 0; i < vectors.Values.Length; i++)
        {
            vectors.Values[i] += (float)(0.12 * random.Gaussian());
        }

        Normalise(vectors);
        int[] rows = [.. Enumerable.Range(0, queries)];
        var split = new QuerySplit(rows[..(queries * 6 / 10)], rows[(queries * 6 / 10)..(queries * 8 / 10)], rows[(queries * 8 / 10)..]);
        return new TrainingSet("misaligned", documents, vectors, new Judgements(sources), split, RankMetric.Cosine);
    }

    public static int[][] Candidates(TrainingSet set, int[] queries, int depth = Depth) =>
        ExactSearch.Search(set.Queries.Gather(queries), set.Documents, depth, TestContext.Current.CancellationToken);

    private static void Fill(Matrix matrix, SeededRandom random)
    {
        for (var i = 0; i < matrix.Values.Length; i++)
        {
            matrix.Values[i] = (float)random.Gaussian();
        }

        Normalise(matrix);
    }

    private static void Normalise(Matrix matrix)
    {
        for (var row = 0; row < matrix.Rows; row++)
        {
            var line = matrix.Row(row);
            var sum = 0.0;
            foreach (var value in line)
            {
                sum += value * value;
            }

            foreach (ref var value in line)
            {
                value = (float)(value / Math.Sqrt(sum));
            }
        }
    }
}
