namespace Bigrain.Index.Queries;

/// <summary>The survivors of the cut that live on one silo.</summary>
public sealed record VerifyRequest
{
    /// <summary>Ticket of the silo's <see cref="SearchReply"/>.</summary>
    public required long Ticket { get; init; }

    /// <summary>Hits wanted.</summary>
    public required int K { get; init; }

    /// <summary>Whether hits carry payloads.</summary>
    public required bool IncludePayload { get; init; }

    /// <summary>Time left.</summary>
    public required TimeSpan Budget { get; init; }

    /// <summary>Survivors, best estimate first.</summary>
    public required SearchCandidate[] Candidates { get; init; }

    /// <summary>Packs the request.</summary>
    public byte[] Encode()
    {
        var writer = new PackedWriter(32 + (Candidates.Length * 16));
        writer.Write(Ticket);
        writer.Write(K);
        writer.Write(IncludePayload ? (byte)1 : (byte)0);
        writer.Write(Budget.Ticks);
        writer.WriteArray<SearchCandidate>(Candidates);
        return writer.ToArray();
    }

    /// <summary>Reads a packed request.</summary>
    public static VerifyRequest Decode(ReadOnlySpan<byte> bytes)
    {
        var reader = new PackedReader(bytes);
        return new VerifyRequest
        {
            Ticket = reader.ReadInt64(),
            K = reader.ReadInt32(),
            IncludePayload = reader.ReadByte() != 0,
            Budget = new TimeSpan(reader.ReadInt64()),
            Candidates = reader.ReadArray<SearchCandidate>(),
        };
    }
}
