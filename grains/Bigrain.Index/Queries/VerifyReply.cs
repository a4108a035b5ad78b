namespace Bigrain.Index.Queries;

/// <summary>Hits of one silo after verification.</summary>
public sealed record VerifyReply
{
    /// <summary>At most k hits, closest first, ties in ordinal order of ids.</summary>
    public required QueryHit[] Hits { get; init; }

    /// <summary>Partitions whose stored bytes were found corrupt on the way.</summary>
    public required int[] CorruptPartitions { get; init; }

    /// <summary>What it cost.</summary>
    public required QueryCost Cost { get; init; }

    /// <summary>Packs the reply.</summary>
    public byte[] Encode()
    {
        var writer = new PackedWriter(64 + (Hits.Length * 64));
        writer.Write(Hits.Length);
        foreach (QueryHit hit in Hits)
        {
            writer.WriteArray(hit.Id.Span);
            writer.Write(hit.RankDistance);
            writer.Write((byte)((hit.Verified ? 1 : 0) | (hit.PayloadMissing ? 2 : 0)));
            writer.WriteArray(hit.Payload.Span);
        }

        writer.WriteArray<int>(CorruptPartitions);
        writer.Write<QueryCost>([Cost]);
        return writer.ToArray();
    }

    /// <summary>Reads a packed reply.</summary>
    public static VerifyReply Decode(ReadOnlySpan<byte> bytes)
    {
        var reader = new PackedReader(bytes);
        var hits = new QueryHit[reader.ReadInt32()];
        for (int i = 0; i < hits.Length; i++)
        {
            byte[] id = reader.ReadArray<byte>();
            float distance = reader.ReadSingle();
            byte flags = reader.ReadByte();
            hits[i] = new QueryHit(id, distance, (flags & 1) != 0, reader.ReadArray<byte>(), (flags & 2) != 0);
        }

        return new VerifyReply
        {
            Hits = hits,
            CorruptPartitions = reader.ReadArray<int>(),
            Cost = reader.Read<QueryCost>(),
        };
    }
}
