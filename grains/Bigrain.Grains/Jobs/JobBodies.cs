using System.Text.Json;
using Bigrain.Grains.Garbage;
using Bigrain.Index.Garbage;

namespace Bigrain.Grains.Jobs;

/// <summary>Kinds and bodies of the jobs that requests start.</summary>
public static class JobBodies
{
    /// <summary>Name of the kind that compacts a collection; it needs no body.</summary>
    public const string Compact = CompactJob.KindName;

    /// <summary>Name of the kind that warms a collection.</summary>
    public const string Warm = WarmJob.KindName;

    /// <summary>Name of the kind that deletes a long list of ids.</summary>
    public const string DeleteIds = DeleteIdsJob.KindName;

    /// <summary>Name of the kind that collects garbage.</summary>
    public const string CollectGarbage = GarbageJob.KindName;

    /// <summary>Most ids of a part of a list to delete.</summary>
    public const int MaxPartIds = DeleteIdsJob.MaxPartIds;

    /// <summary>Bytes of ids after which a part of a list to delete ends.</summary>
    public const int MaxPartBytes = DeleteIdsJob.MaxPartBytes;

    /// <summary>Body of a job that warms.</summary>
    /// <param name="maxDenseBytes">Most bytes of dense records that each silo reads; <see cref="long.MaxValue"/> for all.</param>
    public static JsonElement OfWarm(long maxDenseBytes) => WarmJob.BodyOf(maxDenseBytes);

    /// <summary>Body of a job that deletes.</summary>
    /// <param name="partCount">Parts of its input.</param>
    /// <param name="idCount">Ids in them.</param>
    public static JsonElement OfDeleteIds(int partCount, long idCount) => DeleteIdsJob.BodyOf(partCount, idCount);

    /// <summary>Body of a job that collects garbage.</summary>
    /// <param name="request">What it is to do.</param>
    public static JsonElement OfCollectGarbage(GarbageRequest request) => GarbageJob.BodyOf(request);
}
