using System.Text.Json.Serialization;

namespace Bigrain.Api.Reindexing;

/// <summary>Body of a reindex request; everything may be left out.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record ReindexRequest
{
    /// <summary>Codec of the new generation (<c>pq:32x8</c>); null: the collection's, or for single partitions the present one.</summary>
    public string? Codec { get; init; }

    /// <summary>Partitions of the new generation; null: as many as now.</summary>
    public int? Partitions { get; init; }

    /// <summary>Element type of the stored vectors: <c>fp32</c>, <c>fp16</c> or <c>int8</c>; null: as now.</summary>
    public string? Dense { get; init; }

    /// <summary>Partitions to rebuild; the others are shared with the present generation. Null: all.</summary>
    public IReadOnlyList<int>? Partition { get; init; }

    /// <summary>Whether to publish what was verified; null: yes.</summary>
    public bool? Publish { get; init; }

    /// <summary>Lowest recall that verification accepts, 0 to 1; null: 0.9.</summary>
    public double? MinRecall { get; init; }

    /// <summary>Most recall that may be lost against the present generation, 0 to 1; null: 0.01, or any where the new generation has a model
    /// that the present one lacks.</summary>
    public double? MaxRecallLoss { get; init; }

    /// <summary>Whether a discard gives up the previous generation, and with it the rollback; null: no, the one that waits to be published.</summary>
    public bool? Previous { get; init; }

    /// <summary>Queries that verification samples, 0 to 1,000; null: 100. 0 measures no recall.</summary>
    public int? Sample { get; init; }

    /// <summary>Hits wanted of each; null: 10.</summary>
    public int? K { get; init; }

    /// <summary>Seed of the sample; null: 1.</summary>
    public long? Seed { get; init; }
}
