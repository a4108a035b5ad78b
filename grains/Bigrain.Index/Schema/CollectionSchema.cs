using System.Collections.Immutable;

namespace Bigrain.Index.Schema;

/// <summary>What a collection's documents look like and how they are spread.</summary>
/// <param name="Representations">At least one; the first dense one is the default.</param>
/// <param name="Fields">Payload fields declared for filters.</param>
/// <param name="PartitionCount">Partitions of a new generation (P).</param>
/// <param name="StreamCount">Streams (S); fixed for the life of the collection.</param>
/// <param name="ReplicaCount">Replicas of each partition; more than there are silos is accepted and shown as missing.</param>
public sealed record CollectionSchema(
    ImmutableArray<RepresentationSchema> Representations,
    ImmutableArray<FieldSchema> Fields,
    int PartitionCount,
    int StreamCount,
    int ReplicaCount)
{
    /// <summary>Partitions unless the creator says otherwise.</summary>
    public const int DefaultPartitionCount = 4;

    /// <summary>Streams unless the creator says otherwise.</summary>
    public const int DefaultStreamCount = 4;

    /// <summary>Replicas unless the creator says otherwise.</summary>
    public const int DefaultReplicaCount = 1;

    /// <summary>Name of the representation of the short form.</summary>
    public const string DefaultRepresentationName = "default";

    /// <summary>The first dense representation.</summary>
    public RepresentationSchema Default => Representations[0];

    /// <inheritdoc/>
    public bool Equals(CollectionSchema? other) =>
        other is not null
        && Representations.AsSpan().SequenceEqual(other.Representations.AsSpan())
        && Fields.AsSpan().SequenceEqual(other.Fields.AsSpan())
        && PartitionCount == other.PartitionCount
        && StreamCount == other.StreamCount
        && ReplicaCount == other.ReplicaCount;

    /// <inheritdoc/>
    public override int GetHashCode() =>
        HashCode.Combine(Representations.Length, Fields.Length, PartitionCount, StreamCount, ReplicaCount);
}
