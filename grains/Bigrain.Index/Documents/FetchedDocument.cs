using Bigrain.Index.Queries;
using Bigrain.Index.Segments;

namespace Bigrain.Index.Documents;

/// <summary>A document read by its id, as it travels between silos.</summary>
/// <param name="Id">Its id, UTF-8.</param>
/// <param name="Vector">The default representation; shape <c>[d]</c>.</param>
/// <param name="Payload">UTF-8 JSON; empty when it has none.</param>
public sealed record FetchedDocument(ReadOnlyMemory<byte> Id, float[] Vector, ReadOnlyMemory<byte> Payload)
{
    /// <summary>The write that made it; <see cref="RowVersion.None"/> where the silo that was asked is of a release that does not say.</summary>
    public RowVersion Version { get; init; }

    /// <summary>When it expires, in milliseconds since the Unix epoch; 0 for never, and where the silo that was asked does not say.</summary>
    public long ExpiresAtMilliseconds { get; init; }

    /// <summary>Packs ids.</summary>
    public static byte[] EncodeIds(IReadOnlyCollection<ReadOnlyMemory<byte>> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var writer = new PackedWriter(16 + ids.Sum(id => id.Length + sizeof(int)));
        writer.Write(ids.Count);
        foreach (ReadOnlyMemory<byte> id in ids)
        {
            writer.WriteArray(id.Span);
        }

        return writer.ToArray();
    }

    /// <summary>Reads packed ids.</summary>
    public static ReadOnlyMemory<byte>[] DecodeIds(ReadOnlySpan<byte> bytes)
    {
        var reader = new PackedReader(bytes);
        var ids = new ReadOnlyMemory<byte>[reader.ReadInt32()];
        for (int i = 0; i < ids.Length; i++)
        {
            ids[i] = reader.ReadArray<byte>();
        }

        return ids;
    }

    /// <summary>Packs documents.</summary>
    public static byte[] Encode(IReadOnlyCollection<FetchedDocument> documents)
    {
        ArgumentNullException.ThrowIfNull(documents);
        var writer = new PackedWriter(16 + documents.Sum(document => 16 + document.Id.Length + (document.Vector.Length * sizeof(float)) + document.Payload.Length));
        writer.Write(documents.Count);
        foreach (FetchedDocument document in documents)
        {
            writer.WriteArray(document.Id.Span);
            writer.WriteArray<float>(document.Vector);
            writer.WriteArray(document.Payload.Span);
        }

        // Behind all that the releases before read: each reads as far as it knows.
        foreach (FetchedDocument document in documents)
        {
            writer.Write(document.Version.Sequence);
            writer.Write(document.Version.Row);
        }

        foreach (FetchedDocument document in documents)
        {
            writer.Write(document.ExpiresAtMilliseconds);
        }

        return writer.ToArray();
    }

    /// <summary>Reads packed documents.</summary>
    public static FetchedDocument[] Decode(ReadOnlySpan<byte> bytes)
    {
        var reader = new PackedReader(bytes);
        var documents = new FetchedDocument[reader.ReadInt32()];
        for (int i = 0; i < documents.Length; i++)
        {
            documents[i] = new FetchedDocument(reader.ReadArray<byte>(), reader.ReadArray<float>(), reader.ReadArray<byte>());
        }

        for (int i = 0; i < documents.Length && !reader.IsAtEnd; i++)
        {
            documents[i] = documents[i] with { Version = new RowVersion(reader.ReadInt64(), reader.ReadInt32()) };
        }

        for (int i = 0; i < documents.Length && !reader.IsAtEnd; i++)
        {
            documents[i] = documents[i] with { ExpiresAtMilliseconds = reader.ReadInt64() };
        }

        return documents;
    }
}
