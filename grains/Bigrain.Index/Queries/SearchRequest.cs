using Bigrain.Index.Partitions;
using Bigrain.Index.Schema;

namespace Bigrain.Index.Queries;

/// <summary>The coarse pass asked of one silo: the query once, and the partitions it owns.</summary>
public sealed record SearchRequest
{
    /// <summary>Life of the collection.</summary>
    public required CollectionIncarnation Incarnation { get; init; }

    /// <summary>Generation that must answer.</summary>
    public required int Generation { get; init; }

    /// <summary>Partition numbers to search.</summary>
    public required int[] Partitions { get; init; }

    /// <summary>Per partition the generation in whose folder it is; empty where that is <see cref="Generation"/> for all.</summary>
    public int[] Homes { get; init; } = [];

    /// <summary>Ordinal of the representation.</summary>
    public required int Representation { get; init; }

    /// <summary>Query vector; shape <c>[d]</c>.</summary>
    public required float[] Vector { get; init; }

    /// <summary>Query vector of the verification; empty where it is <see cref="Vector"/>.</summary>
    public float[] DenseVector { get; init; } = [];

    /// <summary>Hash of the trained model that the vectors went through: a replica of another one refuses. 0: none.</summary>
    public UInt128 Model { get; init; }

    /// <summary>Hits wanted.</summary>
    public required int K { get; init; }

    /// <summary>Leaves to scan per segment; 0 is automatic.</summary>
    public required int Nprobe { get; init; }

    /// <summary>Most candidates to return; 0 is automatic.</summary>
    public required int Shortlist { get; init; }

    /// <summary>What the query must see.</summary>
    public required Consistency Consistency { get; init; }

    /// <summary>Per stream the sequence that must be visible; empty asks for nothing.</summary>
    public required long[] MinSequences { get; init; }

    /// <summary>Time left.</summary>
    public required TimeSpan Budget { get; init; }

    /// <summary>Key of one asked partition.</summary>
    /// <param name="index">Its place in <see cref="Partitions"/>.</param>
    public PartitionKey KeyAt(int index) => new(Incarnation, Homes.Length == 0 ? Generation : Homes[index], Partitions[index]);

    /// <summary>Packs the request.</summary>
    public byte[] Encode()
    {
        var writer = new PackedWriter(128 + ((Vector.Length + DenseVector.Length) * sizeof(float)));
        writer.WriteArray<char>(Incarnation.Value);
        writer.Write(Generation);
        writer.WriteArray<int>(Partitions);
        writer.Write(Representation);
        writer.WriteArray<float>(Vector);
        writer.Write(K);
        writer.Write(Nprobe);
        writer.Write(Shortlist);
        writer.Write((byte)Consistency);
        writer.WriteArray<long>(MinSequences);
        writer.Write(Budget.Ticks);

        // Last and only where they say something, so that a silo of the release before reads every request that it can serve.
        if (Homes.Length > 0 || Model != 0)
        {
            writer.WriteArray<int>(Homes);
        }

        if (Model != 0)
        {
            writer.Write<UInt128>([Model]);
            writer.WriteArray<float>(DenseVector);
        }

        return writer.ToArray();
    }

    /// <summary>Reads a packed request.</summary>
    public static SearchRequest Decode(ReadOnlySpan<byte> bytes)
    {
        var reader = new PackedReader(bytes);
        return new SearchRequest
        {
            Incarnation = new CollectionIncarnation(new string(reader.ReadArray<char>())),
            Generation = reader.ReadInt32(),
            Partitions = reader.ReadArray<int>(),
            Representation = reader.ReadInt32(),
            Vector = reader.ReadArray<float>(),
            K = reader.ReadInt32(),
            Nprobe = reader.ReadInt32(),
            Shortlist = reader.ReadInt32(),
            Consistency = (Consistency)reader.ReadByte(),
            MinSequences = reader.ReadArray<long>(),
            Budget = new TimeSpan(reader.ReadInt64()),
            Homes = reader.IsAtEnd ? [] : reader.ReadArray<int>(),
            Model = reader.IsAtEnd ? 0 : reader.Read<UInt128>(),
            DenseVector = reader.IsAtEnd ? [] : reader.ReadArray<float>(),
        };
    }
}
