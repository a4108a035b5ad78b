using System.Collections.Immutable;
using Bigrain.Index.Schema;

namespace Bigrain.Index.Queries;

/// <summary>A query, validated and planned: everything the scatter needs.</summary>
public sealed record QueryPlan
{
    /// <summary>Life of the collection.</summary>
    public required CollectionIncarnation Incarnation { get; init; }

    /// <summary>The one generation that answers.</summary>
    public required int Generation { get; init; }

    /// <summary>Per partition to ask: the silo of the replica to ask.</summary>
    public required ImmutableArray<PartitionTarget> Targets { get; init; }

    /// <summary>Ordinal of the representation in the schema.</summary>
    public required int Representation { get; init; }

    /// <summary>Metric of the representation.</summary>
    public required Metric Metric { get; init; }

    /// <summary>Query vector; shape <c>[d]</c>.</summary>
    public required ReadOnlyMemory<float> Vector { get; init; }

    /// <summary>Query vector of the verification, where that is another one: a trained model has two heads. Empty: <see cref="Vector"/>.</summary>
    public ReadOnlyMemory<float> DenseVector { get; init; }

    /// <summary>Hash of the trained model that the vectors went through; 0: none.</summary>
    public UInt128 Model { get; init; }

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
}
