using Bigrain.Index.Queries;

namespace Bigrain.Index.Exact;

/// <summary>Queries that are answered exactly, from the vectors themselves.</summary>
/// <param name="Dimension">Elements of a vector.</param>
/// <param name="Vectors">At most <see cref="MaxQueries"/> vectors; shape <c>[n, Dimension]</c>.</param>
/// <param name="K">Documents wanted for each.</param>
public sealed record ExactRequest(int Dimension, float[] Vectors, int K)
{
    /// <summary>Most queries at once: all of them are compared with each vector that is read.</summary>
    public const int MaxQueries = 64;

    /// <summary>Whether documents and queries go through the model of the generation that is searched: the order that its verification
    /// would give to all of its documents.</summary>
    public bool UnderModel { get; init; }

    /// <summary>Number of queries.</summary>
    public int QueryCount => Vectors.Length / Dimension;

    /// <summary>Packs the request.</summary>
    public byte[] Encode()
    {
        var writer = new PackedWriter(16 + (Vectors.Length * sizeof(float)));
        writer.Write(Dimension);
        writer.WriteArray<float>(Vectors);
        writer.Write(K);
        if (UnderModel)
        {
            // Only where it says something, so that a silo of the release before reads the rest.
            writer.Write((byte)1);
        }

        return writer.ToArray();
    }

    /// <summary>Reads a packed request.</summary>
    public static ExactRequest Decode(ReadOnlySpan<byte> bytes)
    {
        var reader = new PackedReader(bytes);
        return new ExactRequest(reader.ReadInt32(), reader.ReadArray<float>(), reader.ReadInt32()) { UnderModel = !reader.IsAtEnd && reader.ReadByte() != 0 };
    }
}
