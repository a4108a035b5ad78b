namespace Bigrain.Api.Collections;

/// <summary>A collection as the server sees it: its schema with every default filled in, and its size.</summary>
public sealed class CollectionInfo
{
    /// <summary>Name.</summary>
    public string Name { get; set; } = "";

    /// <summary>Random id of this life of the name.</summary>
    public string? Incarnation { get; set; }

    /// <summary>Metric of the default representation.</summary>
    public string? Metric { get; set; }

    /// <summary>Dimension of the default representation.</summary>
    public int Dimension { get; set; }

    /// <summary>Codec wish of the default representation.</summary>
    public string? Codec { get; set; }

    /// <summary>Element type of the dense records of the default representation.</summary>
    public string? Dense { get; set; }

    /// <summary>All representations, the default one first.</summary>
    public IReadOnlyList<RepresentationModel>? Representations { get; set; }

    /// <summary>Partitions of the current generation.</summary>
    public int Partitions { get; set; }

    /// <summary>Streams.</summary>
    public int Streams { get; set; }

    /// <summary>Replicas of each partition.</summary>
    public int Replicas { get; set; }

    /// <summary>Payload fields declared for filters.</summary>
    public IReadOnlyList<FieldModel>? Fields { get; set; }

    /// <summary>Whether the server turns text into vectors.</summary>
    public bool Text { get; set; }

    /// <summary>Current generation.</summary>
    public long Generation { get; set; }

    /// <summary>The generation before, which a rollback makes current again; null when there is none.</summary>
    public long? PreviousGeneration { get; set; }

    /// <summary>The generation that is built or waits to be published; null when there is none.</summary>
    public long? BuildingGeneration { get; set; }

    /// <summary>Live documents over all partitions, tails included; null where a partition does not answer.</summary>
    public long? Documents { get; set; }

    /// <summary>How many of <see cref="Documents"/> are still in a tail.</summary>
    public long? TailDocuments { get; set; }

    /// <summary>Segments over all partitions.</summary>
    public int? Segments { get; set; }

    /// <summary>Bytes of coarse codes and their factors in memory, centroids and leaf padding included.</summary>
    public long? CoarseBytes { get; set; }

    /// <summary>Bytes of memory held by the collection in all, tails included.</summary>
    public long? MemoryBytes { get; set; }

    /// <summary>Codecs in use by the loaded segments, each once.</summary>
    public IReadOnlyList<string>? SegmentCodecs { get; set; }

    /// <summary>Partitions that serve queries now: at least one replica is ready.</summary>
    public int? PartitionsReady { get; set; }

    /// <summary>Replicas that serve queries now; the collection is in full health when it is partitions times replicas.</summary>
    public int? ReplicasReady { get; set; }

    /// <summary>Where each partition's replicas are.</summary>
    public IReadOnlyList<PartitionModel>? Placement { get; set; }
}
