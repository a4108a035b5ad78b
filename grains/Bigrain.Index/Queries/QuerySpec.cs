using System.Collections.Immutable;

namespace Bigrain.Index.Queries;

/// <summary>A query, validated but not yet planned: what travels to a coordinator.</summary>
public sealed record QuerySpec
{
    /// <summary>Ordinal of the representation in the schema.</summary>
    public int Representation { get; init; }

    /// <summary>Query vector; shape <c>[d]</c>, finite.</summary>
    public required float[] Vector { get; init; }

    /// <summary>Hits wanted, 1 to 10,000.</summary>
    public required int K { get; init; }

    /// <summary>Leaves to scan per segment; 0 is automatic.</summary>
    public int Nprobe { get; init; }

    /// <summary>Most candidates to verify; 0 is automatic.</summary>
    public int Shortlist { get; init; }

    /// <summary>What the query must see.</summary>
    public Consistency Consistency { get; init; }

    /// <summary>Per stream the sequence that must be visible; empty asks for nothing.</summary>
    public ImmutableArray<long> MinSequences { get; init; } = [];

    /// <summary>Whether hits carry payloads.</summary>
    public bool IncludePayload { get; init; } = true;

    /// <summary>Time left for the whole query.</summary>
    public required TimeSpan Budget { get; init; }

    /// <summary>Number under which the calling silo knows who waits for the answer; 0 for none.</summary>
    public long Caller { get; init; }

    /// <summary>Packs queries one after the other.</summary>
    public static byte[] Encode(IReadOnlyCollection<QuerySpec> specs)
    {
        ArgumentNullException.ThrowIfNull(specs);
        var writer = new PackedWriter(16 + specs.Sum(spec => 64 + (spec.Vector.Length * sizeof(float))));
        writer.Write(specs.Count);
        foreach (QuerySpec spec in specs)
        {
            writer.Write(spec.Representation);
            writer.WriteArray<float>(spec.Vector);
            writer.Write(spec.K);
            writer.Write(spec.Nprobe);
            writer.Write(spec.Shortlist);
            writer.Write((byte)spec.Consistency);
            writer.WriteArray<long>(spec.MinSequences.AsSpan());
            writer.Write(spec.IncludePayload ? (byte)1 : (byte)0);
            writer.Write(spec.Budget.Ticks);
            writer.Write(spec.Caller);
        }

        return writer.ToArray();
    }

    /// <summary>Reads packed queries.</summary>
    public static QuerySpec[] Decode(ReadOnlySpan<byte> bytes)
    {
        var reader = new PackedReader(bytes);
        var specs = new QuerySpec[reader.ReadInt32()];
        for (int i = 0; i < specs.Length; i++)
        {
            specs[i] = new QuerySpec
            {
                Representation = reader.ReadInt32(),
                Vector = reader.ReadArray<float>(),
                K = reader.ReadInt32(),
                Nprobe = reader.ReadInt32(),
                Shortlist = reader.ReadInt32(),
                Consistency = (Consistency)reader.ReadByte(),
                MinSequences = [.. reader.ReadArray<long>()],
                IncludePayload = reader.ReadByte() != 0,
                Budget = new TimeSpan(reader.ReadInt64()),
                Caller = reader.ReadInt64(),
            };
        }

        return specs;
    }
}
