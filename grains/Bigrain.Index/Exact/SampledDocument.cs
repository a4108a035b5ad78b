using Bigrain.Index.Queries;

namespace Bigrain.Index.Exact;

/// <summary>A stored vector that was drawn at random.</summary>
/// <param name="Id">Id of its document, UTF-8.</param>
/// <param name="Vector">The default representation; shape <c>[d]</c>.</param>
public sealed record SampledDocument(ReadOnlyMemory<byte> Id, float[] Vector)
{
    /// <summary>Packs documents.</summary>
    public static byte[] Encode(IReadOnlyCollection<SampledDocument> documents)
    {
        ArgumentNullException.ThrowIfNull(documents);
        var writer = new PackedWriter(16 + documents.Sum(document => 8 + document.Id.Length + (document.Vector.Length * sizeof(float))));
        writer.Write(documents.Count);
        foreach (SampledDocument document in documents)
        {
            writer.WriteArray(document.Id.Span);
            writer.WriteArray<float>(document.Vector);
        }

        return writer.ToArray();
    }

    /// <summary>Reads packed documents.</summary>
    public static SampledDocument[] Decode(ReadOnlySpan<byte> bytes)
    {
        var reader = new PackedReader(bytes);
        var documents = new SampledDocument[reader.ReadInt32()];
        for (int i = 0; i < documents.Length; i++)
        {
            documents[i] = new SampledDocument(reader.ReadArray<byte>(), reader.ReadArray<float>());
        }

        return documents;
    }
}
