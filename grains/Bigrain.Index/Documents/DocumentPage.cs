using Bigrain.Index.Queries;

namespace Bigrain.Index.Documents;

/// <summary>Some documents in the order of their cursors, as they travel between silos.</summary>
/// <param name="Documents">The documents.</param>
/// <param name="HasMore">Whether the partition has more behind them.</param>
public sealed record DocumentPage(IReadOnlyList<PagedDocument> Documents, bool HasMore)
{
    /// <summary>Packs a page.</summary>
    public byte[] Encode()
    {
        var writer = new PackedWriter(16 + Documents.Sum(document => document.SizeBytes));
        writer.Write((byte)(HasMore ? 1 : 0));
        writer.Write(Documents.Count);
        foreach (PagedDocument document in Documents)
        {
            writer.Write((long)document.IdHash);
            writer.Write(document.ExpiresAtMilliseconds);
            writer.WriteArray(document.Id.Span);
            writer.WriteArray<float>(document.Vector);
            writer.WriteArray(document.Payload.Span);
        }

        return writer.ToArray();
    }

    /// <summary>Reads a packed page.</summary>
    public static DocumentPage Decode(ReadOnlySpan<byte> bytes)
    {
        var reader = new PackedReader(bytes);
        bool hasMore = reader.ReadByte() != 0;
        var documents = new PagedDocument[reader.ReadInt32()];
        for (int i = 0; i < documents.Length; i++)
        {
            ulong hash = (ulong)reader.ReadInt64();
            long expiresAt = reader.ReadInt64();
            documents[i] = new PagedDocument(hash, reader.ReadArray<byte>(), reader.ReadArray<float>(), reader.ReadArray<byte>(), expiresAt);
        }

        return new DocumentPage(documents, hasMore);
    }
}
