using System.Runtime.InteropServices;

namespace Bigrain.EndToEnd.Processes;

/// <summary>Seeded vectors in clusters, written as .fbin.</summary>
internal static class Vectors
{
    private const int ClusterCount = 200;

    public static float[] Make(int seed, int count, int dimension)
    {
        Random centers = new(7);
        float[] center = [.. Enumerable.Range(0, ClusterCount * dimension).Select(_ => Normal(centers))];
        Random random = new(seed);
        float[] values = new float[count * dimension];
        for (int i = 0; i < count; i++)
        {
            int cluster = random.Next(ClusterCount);
            for (int j = 0; j < dimension; j++)
            {
                values[(i * dimension) + j] = center[(cluster * dimension) + j] + (0.4f * Normal(random));
            }
        }

        return values;
    }

    public static void Write(string path, float[] values, int dimension)
    {
        using FileStream file = File.Create(path);
        file.Write(BitConverter.GetBytes(values.Length / dimension));
        file.Write(BitConverter.GetBytes(dimension));
        file.Write(MemoryMarshal.AsBytes(values.AsSpan()));
    }

    private static float Normal(Random random) =>
        (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
}
