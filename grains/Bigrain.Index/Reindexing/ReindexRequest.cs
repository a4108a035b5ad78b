using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Bigrain.Index.Errors;
using Bigrain.Index.Schema;

namespace Bigrain.Index.Reindexing;

/// <summary>What an operator asks of a reindex job.</summary>
public sealed record ReindexRequest
{
    /// <summary>Most queries that a verification samples.</summary>
    public const int MaxSample = 1_000;

    /// <summary>What to do.</summary>
    public ReindexAction Action { get; init; } = ReindexAction.Build;

    /// <summary>Codec of the new generation; null: the wish of the collection for a whole rebuild, that of the current generation for
    /// single partitions.</summary>
    public CodecSpec? Codec { get; init; }

    /// <summary>Hash of the trained model that came with the request; null: none came. A whole rebuild then keeps the model that the current
    /// generation has, unless another codec is asked for.</summary>
    public string? Model { get; init; }

    /// <summary>Partitions of the new generation; null: as many as now.</summary>
    public int? PartitionCount { get; init; }

    /// <summary>Element type of its dense records; null: as now. What a lossy type left out does not come back.</summary>
    public DenseType? DenseType { get; init; }

    /// <summary>Partitions to rebuild; the others are shared with the current generation. Null: all.</summary>
    public ImmutableArray<int>? Partitions { get; init; }

    /// <summary>Whether to publish what was verified.</summary>
    public bool Publish { get; init; } = true;

    /// <summary>Lowest recall that verification accepts, 0 to 1.</summary>
    public double MinRecall { get; init; } = 0.9;

    /// <summary>Most recall that may be lost against the current generation, 0 to 1; null: 0.01, or anything where the generation has a model
    /// that the current one lacks (<see cref="ReindexRules.MostLoss"/>).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? MaxRecallLoss { get; init; }

    /// <summary>Whether a discard gives up the previous generation, and with it the way back, instead of the one that waits.</summary>
    public bool Previous { get; init; }

    /// <summary>Queries that verification samples from the stored documents; 0 measures no recall.</summary>
    public int Sample { get; init; } = 100;

    /// <summary>Hits wanted of each.</summary>
    public int K { get; init; } = 10;

    /// <summary>Seed of the sample.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>Checks the request against its own limits.</summary>
    /// <exception cref="BigrainException"><see cref="ErrorCode.InvalidArgument"/>: names the field and the limit.</exception>
    public void Validate()
    {
        Require(Enum.IsDefined(Action), "action", "use build, verify, publish, rollback or discard");
        Require(PartitionCount is null or (>= 1 and <= Limits.MaxPartitionCount), "partitions", $"use 1 to {Limits.MaxPartitionCount}");
        Require(MinRecall is >= 0 and <= 1, "minRecall", "use 0 to 1");
        Require(MaxRecallLoss is null or (>= 0 and <= 1), "maxRecallLoss", "use 0 to 1");
        Require(!Previous || Action == ReindexAction.Discard, "previous", "it goes with discard alone");
        Require(Sample is >= 0 and <= MaxSample, "sample", $"use 0 to {MaxSample}");
        Require(K is >= 1 and <= 1_000, "k", "use 1 to 1000");
        RequireAlone(Model is null || Action == ReindexAction.Build, "model", "a step that builds nothing", "leave out model");
        RequireAlone(Model is null || Codec is null, "codec", "model", "a model brings its own codec, leave out one of the two");
        if (Partitions is not { } rebuilt)
        {
            return;
        }

        Require(Action == ReindexAction.Build && !rebuilt.IsEmpty, "partition", "name at least one partition to build");
        RequireAlone(PartitionCount is null, "partitions", "partition", "the number of partitions changes for all of them, leave out one of the two");
        RequireAlone(Model is null, "model", "partition", "a model belongs to a whole generation, leave out one of the two");
        RequireAlone(DenseType is null, "dense", "partition", "the dense type changes for all partitions, leave out one of the two");
        RequireAlone(Codec is not { Kind: CodecKind.Pq }, "codec", "partition", "learned codebooks belong to a whole generation, leave out one of the two");
    }

    private static void Require(bool holds, string field, string remedy)
    {
        if (!holds)
        {
            throw new BigrainException(ErrorCode.InvalidArgument, $"{field} is out of its limits: {remedy}", field);
        }
    }

    private static void RequireAlone(bool holds, string field, string other, string remedy)
    {
        if (!holds)
        {
            throw new BigrainException(ErrorCode.InvalidArgument, $"{field} does not go with {other}: {remedy}", field);
        }
    }
}
