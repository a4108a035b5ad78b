namespace Bigrain.Index.Queries;

/// <summary>What one silo's coarse pass found.</summary>
public sealed record SearchReply
{
    /// <summary>Ticket under which the silo keeps the snapshots of this query until it is verified or its time is up.</summary>
    public required long Ticket { get; init; }

    /// <summary>What happened to each partition asked, in the order of the request.</summary>
    public required PartitionAnswer[] Answers { get; init; }

    /// <summary>Candidates, best estimate first.</summary>
    public required SearchCandidate[] Candidates { get; init; }

    /// <summary>What the pass cost.</summary>
    public required QueryCost Cost { get; init; }

    /// <summary>Packs the reply.</summary>
    public byte[] Encode()
    {
        var writer = new PackedWriter(128 + (Candidates.Length * 16));
        writer.Write(Ticket);
        writer.WriteArray<PartitionAnswer>(Answers);
        writer.WriteArray<SearchCandidate>(Candidates);
        writer.Write<QueryCost>([Cost]);
        return writer.ToArray();
    }

    /// <summary>Reads a packed reply.</summary>
    public static SearchReply Decode(ReadOnlySpan<byte> bytes)
    {
        var reader = new PackedReader(bytes);
        return new SearchReply
        {
            Ticket = reader.ReadInt64(),
            Answers = reader.ReadArray<PartitionAnswer>(),
            Candidates = reader.ReadArray<SearchCandidate>(),
            Cost = reader.Read<QueryCost>(),
        };
    }
}
