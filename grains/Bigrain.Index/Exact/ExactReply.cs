using Bigrain.Index.Queries;

namespace Bigrain.Index.Exact;

/// <summary>The nearest documents of some partitions, exactly.</summary>
/// <param name="Hits">For each query at most k documents, the closest first.</param>
/// <param name="DocumentCount">Documents compared.</param>
public sealed record ExactReply(ExactHit[][] Hits, long DocumentCount)
{
    /// <summary>The nearest documents of all partitions together.</summary>
    /// <param name="replies">Replies to the same request; at least one.</param>
    /// <param name="k">Documents wanted for each query.</param>
    public static ExactReply Merge(IReadOnlyList<ExactReply> replies, int k)
    {
        ArgumentNullException.ThrowIfNull(replies);
        var hits = new ExactHit[replies[0].Hits.Length][];
        for (int query = 0; query < hits.Length; query++)
        {
            ExactHit[] all = [.. replies.SelectMany(reply => reply.Hits[query])];
            Array.Sort(all, ExactHit.Compare);
            hits[query] = all.Length > k ? all[..k] : all;
        }

        return new ExactReply(hits, replies.Sum(reply => reply.DocumentCount));
    }

    /// <summary>Packs the reply.</summary>
    public byte[] Encode()
    {
        var writer = new PackedWriter(16 + Hits.Sum(hits => 4 + (hits.Length * 40)));
        writer.Write(DocumentCount);
        writer.Write(Hits.Length);
        foreach (ExactHit[] hits in Hits)
        {
            writer.Write(hits.Length);
            foreach (ExactHit hit in hits)
            {
                writer.WriteArray(hit.Id.Span);
                writer.Write(hit.Distance);
            }
        }

        return writer.ToArray();
    }

    /// <summary>Reads a packed reply.</summary>
    public static ExactReply Decode(ReadOnlySpan<byte> bytes)
    {
        var reader = new PackedReader(bytes);
        long documents = reader.ReadInt64();
        var hits = new ExactHit[reader.ReadInt32()][];
        for (int query = 0; query < hits.Length; query++)
        {
            hits[query] = new ExactHit[reader.ReadInt32()];
            for (int i = 0; i < hits[query].Length; i++)
            {
                hits[query][i] = new ExactHit(reader.ReadArray<byte>(), reader.ReadSingle());
            }
        }

        return new ExactReply(hits, documents);
    }
}
