using Bigrain.Index.Coarse;
using Bigrain.Index.Models;
using Bigrain.Index.Schema;
using Bigrain.Kernels.Distances;
using Bigrain.Kernels.Pq;
using Bigrain.Kernels.Rotation;

namespace Bigrain.TestKit.Models;

/// <summary>Makes trained models by hand: random rotations, codebooks by k-means, heads that are known to help.</summary>
public static class ModelMaker
{
    /// <summary>Random numbers of a normal distribution.</summary>
    public static float[] Gaussians(int count, ulong seed)
    {
        var values = new float[count];
        for (int i = 0; i < count; i++)
        {
            double u = Math.Max(1e-12, SplitMix64.Unit(seed, (ulong)(2 * i)));
            double v = SplitMix64.Unit(seed, (ulong)((2 * i) + 1));
            values[i] = (float)(Math.Sqrt(-2 * Math.Log(u)) * Math.Cos(2 * Math.PI * v));
        }

        return values;
    }

    /// <summary>A random rotation; shape <c>[d, d]</c>, its rows orthogonal.</summary>
    public static float[] Rotation(int dimension, ulong seed)
    {
        float[] rows = Gaussians(dimension * dimension, seed);
        for (int i = 0; i < dimension; i++)
        {
            Span<float> row = rows.AsSpan(i * dimension, dimension);
            for (int pass = 0; pass < 2; pass++)
            {
                for (int before = 0; before < i; before++)
                {
                    ReadOnlySpan<float> other = rows.AsSpan(before * dimension, dimension);
                    float product = DotProduct.Compute(row, other);
                    for (int j = 0; j < dimension; j++)
                    {
                        row[j] -= product * other[j];
                    }
                }
            }

            RankDistance.Normalise(row);
        }

        return rows;
    }

    /// <summary>The head W with q + q W = M q: undoes queries that were turned by the transpose of M.</summary>
    public static float[] HeadOf(float[] matrix, int dimension)
    {
        var head = new float[matrix.Length];
        for (int i = 0; i < dimension; i++)
        {
            for (int j = 0; j < dimension; j++)
            {
                head[(j * dimension) + i] = matrix[(i * dimension) + j] - (i == j ? 1 : 0);
            }
        }

        return head;
    }

    /// <summary>M x, or its transpose.</summary>
    public static float[] Turn(float[] matrix, float[] vector, bool transposed)
    {
        int dimension = vector.Length;
        var turned = new float[dimension];
        for (int i = 0; i < dimension; i++)
        {
            double sum = 0;
            for (int j = 0; j < dimension; j++)
            {
                sum += (double)vector[j] * (transposed ? matrix[(j * dimension) + i] : matrix[(i * dimension) + j]);
            }

            turned[i] = (float)sum;
        }

        return turned;
    }

    /// <summary>Rotation and codebooks for documents.</summary>
    /// <param name="rows">Documents; shape <c>[n, d]</c>.</param>
    /// <param name="dimension">Dimension d.</param>
    /// <param name="metric">Cosine or dot.</param>
    /// <param name="subspaces">Sub-codes.</param>
    /// <param name="bits">4 or 8.</param>
    /// <param name="seed">Seed of everything.</param>
    public static ModelContent Codes(ReadOnlySpan<float> rows, int dimension, Metric metric, int subspaces, int bits, ulong seed)
    {
        float[] rotation = Rotation(dimension, seed);
        var rotated = new float[rows.Length];
        for (int row = 0; row < rows.Length / dimension; row++)
        {
            float[] vector = rows.Slice(row * dimension, dimension).ToArray();
            if (metric == Metric.Cosine)
            {
                RankDistance.Normalise(vector);
            }

            Turn(rotation, vector, transposed: false).CopyTo(rotated.AsSpan(row * dimension));
        }

        return new ModelContent
        {
            Dimension = dimension,
            Metric = metric,
            Rotation = rotation,
            Codebooks = PqCodebooks.Train(rotated, dimension, subspaces, bits, seed, CancellationToken.None),
            Shortlist = 200,
        };
    }
}
