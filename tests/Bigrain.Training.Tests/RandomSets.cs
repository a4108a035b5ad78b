using Bigrain.Training.Data;
using Bigrain.Training.Numerics;

namespace Bigrain.Training.Tests;

/// <summary>Small seeded training sets.</summary>
internal static class RandomSets
{
    public static Matrix Gaussian(ulong seed, int rows, int columns, bool unit = false)
    {
        var random = new SeededRandom(seed);
        var matrix = new Matrix(rows, columns);
        for (var i = 0; i < matrix.Values.Length; i++)
        {
            matrix.Values[i] = (float)random.Gaussian();
        }

        if (unit)
        {
            Normalize(matrix);
        }

        return matrix;
    }

    /// <summary>Documents whose coordinates matter unequally: noise in half of them hides what queries ask for.</summary>
    public static TrainingSet Misaligned(
        ulong seed, int documents, int queries, int dimension, RankMetric metric = RankMetric.Cosine)
    {
        var random = new SeededRandom(seed);
        var (all, asked) = (new Matrix(documents, dimension), new Matrix(queries, dimension));
        for (var row = 0; row < documents; row++)
        {
            for (var i = 0; i < dimension; i++)
            {
                all.Row(row)[i] = (float)(random.Gaussian() * (i < dimension / 2 ? 1 : 1.5));
            }
        }

        var relevant = new int[queries][];
        for (var query = 0; query < queries; query++)
        {
            relevant[query] = [random.Next(documents)];
            for (var i = 0; i < dimension; i++)
            {
                asked.Row(query)[i] = i < dimension / 2
                    ? all.Row(relevant[query][0])[i] + (float)(0.3 * random.Gaussian())
                    : (float)(1.5 * random.Gaussian());
            }
        }

        if (metric == RankMetric.Cosine)
        {
            Normalize(all);
            Normalize(asked);
        }

        var order = Enumerable.Range(0, queries).ToArray();
        var (tenth, fifth) = (queries / 10, queries / 5);
        var split = new QuerySplit(order[(tenth + fifth)..], order[..fifth], order[fifth..(tenth + fifth)]);
        return new TrainingSet("misaligned", all, asked, new Judgements(relevant), split, metric);
    }

    public static void Normalize(Matrix matrix)
    {
        for (var row = 0; row < matrix.Rows; row++)
        {
            var line = matrix.Row(row);
            Bigrain.Kernels.Distances.Norm.Normalize(line, line);
        }
    }
}
