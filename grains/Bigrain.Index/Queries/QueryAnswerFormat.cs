using System.Collections.Immutable;
using System.Text;

namespace Bigrain.Index.Queries;

/// <summary>The packed form of answers on their way from a coordinator.</summary>
public static class QueryAnswerFormat
{
    private const long NoTicks = -1;

    /// <summary>Packs answers one after the other.</summary>
    public static byte[] Encode(IReadOnlyCollection<QueryAnswer> answers)
    {
        ArgumentNullException.ThrowIfNull(answers);
        var writer = new PackedWriter(256 * answers.Count);
        writer.Write(answers.Count);
        foreach (QueryAnswer answer in answers)
        {
            Write(writer, answer);
        }

        return writer.ToArray();
    }

    /// <summary>Reads packed answers.</summary>
    public static QueryAnswer[] Decode(ReadOnlySpan<byte> bytes)
    {
        var reader = new PackedReader(bytes);
        var answers = new QueryAnswer[reader.ReadInt32()];
        for (int i = 0; i < answers.Length; i++)
        {
            answers[i] = Read(ref reader);
        }

        return answers;
    }

    private static void Write(PackedWriter writer, QueryAnswer answer)
    {
        writer.Write(answer.Hits.Length);
        foreach (QueryHit hit in answer.Hits)
        {
            writer.WriteArray(hit.Id.Span);
            writer.Write(hit.RankDistance);
            writer.Write((byte)((hit.Verified ? 1 : 0) | (hit.PayloadMissing ? 2 : 0)));
            writer.WriteArray(hit.Payload.Span);
        }

        writer.Write(answer.PartitionsAsked);
        writer.Write(answer.Missing.Length);
        foreach (MissingPartition missing in answer.Missing)
        {
            writer.Write(missing.Partition);
            writer.Write((byte)missing.Answer);
        }

        writer.Write((byte)answer.Verified);
        writer.Write(answer.Generation);
        writer.Write(answer.RetryAfter?.Ticks ?? NoTicks);
        writer.Write<QueryCost>([answer.Cost]);
        writer.Write(answer.Stages.Length);
        foreach (QueryStage stage in answer.Stages)
        {
            writer.WriteArray<byte>(Encoding.UTF8.GetBytes(stage.Name));
            writer.Write(stage.Duration.Ticks);
        }
    }

    private static QueryAnswer Read(ref PackedReader reader)
    {
        var hits = new QueryHit[reader.ReadInt32()];
        for (int i = 0; i < hits.Length; i++)
        {
            byte[] id = reader.ReadArray<byte>();
            float distance = reader.ReadSingle();
            byte flags = reader.ReadByte();
            hits[i] = new QueryHit(id, distance, (flags & 1) != 0, reader.ReadArray<byte>(), (flags & 2) != 0);
        }

        int asked = reader.ReadInt32();
        var missing = new MissingPartition[reader.ReadInt32()];
        for (int i = 0; i < missing.Length; i++)
        {
            missing[i] = new MissingPartition(reader.ReadInt32(), (PartitionAnswer)reader.ReadByte());
        }

        var verified = (VerificationState)reader.ReadByte();
        int generation = reader.ReadInt32();
        long retryAfter = reader.ReadInt64();
        QueryCost cost = reader.Read<QueryCost>();
        var stages = new QueryStage[reader.ReadInt32()];
        for (int i = 0; i < stages.Length; i++)
        {
            stages[i] = new QueryStage(Encoding.UTF8.GetString(reader.ReadArray<byte>()), new TimeSpan(reader.ReadInt64()));
        }

        return new QueryAnswer
        {
            Hits = ImmutableArray.Create(hits),
            PartitionsAsked = asked,
            Missing = ImmutableArray.Create(missing),
            Verified = verified,
            Generation = generation,
            RetryAfter = retryAfter == NoTicks ? null : new TimeSpan(retryAfter),
            Cost = cost,
            Stages = ImmutableArray.Create(stages),
        };
    }
}
