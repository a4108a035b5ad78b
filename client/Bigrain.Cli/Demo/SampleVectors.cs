using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Bigrain.Cli.Demo;

/// <summary>A seeded sample that looks like embeddings: clusters of unequal size in a space whose dimensions matter less and less.</summary>
internal sealed class SampleVectors
{
    /// <summary>Elements of a vector.</summary>
    public const int Dimension = 128;

    private const int ClusterCount = 1_000;
    private const double Spread = 0.5;
    private const int HeaderBytes = 8;

    private readonly float[] _centers = new float[ClusterCount * Dimension];
    private readonly float[] _scales = new float[Dimension];
    private readonly Random _random;

    /// <summary>Makes the clusters.</summary>
    /// <param name="seed">The same seed gives the same vectors.</param>
    public SampleVectors(int seed)
    {
        _random = new Random(seed);
        for (int i = 0; i < Dimension; i++)
        {
            _scales[i] = (float)(10 / Math.Sqrt(1 + i));
        }

        for (int i = 0; i < _centers.Length; i++)
        {
            _centers[i] = (float)(Normal() * _scales[i % Dimension]);
        }
    }

    /// <summary>Writes vectors as .fbin.</summary>
    /// <param name="path">File.</param>
    /// <param name="count">Vectors.</param>
    public void Write(string path, int count)
    {
        using FileStream file = new(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 1 << 20);
        Span<byte> header = stackalloc byte[HeaderBytes];
        BinaryPrimitives.WriteInt32LittleEndian(header, count);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], Dimension);
        file.Write(header);
        float[] vector = new float[Dimension];
        for (int i = 0; i < count; i++)
        {
            Fill(vector);
            file.Write(MemoryMarshal.AsBytes(vector.AsSpan()));
        }
    }

    private void Fill(Span<float> vector)
    {
        // The square makes early clusters larger than late ones.
        double share = _random.NextDouble();
        int cluster = (int)(share * share * ClusterCount);
        ReadOnlySpan<float> center = _centers.AsSpan(cluster * Dimension, Dimension);
        for (int i = 0; i < vector.Length; i++)
        {
            vector[i] = (float)(center[i] + (Normal() * Spread * _scales[i]));
        }
    }

    private double Normal() =>
        Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());
}
