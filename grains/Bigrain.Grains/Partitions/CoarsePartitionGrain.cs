using Bigrain.Contracts;
using Bigrain.Contracts.Partitions;
using Bigrain.Grains.Placement;
using Bigrain.Index.Blobs;
using Bigrain.Index.Errors;
using Bigrain.Index.Partitions;

namespace Bigrain.Grains.Partitions;

/// <summary>The light side of one replica: a name for what the silo's <see cref="PartitionKeeper"/> holds.</summary>
[GrainType("bigrain.coarse")]
[RendezvousPlacement]
internal sealed class CoarsePartitionGrain(PartitionKeeper keeper, SiloMap silos, PlacedGrains placed)
    : PlacedGrain(placed), ICoarsePartitionGrain
{
    private PartitionKey Key => ReplicaKey.Parse(this.GetPrimaryKeyString()).Partition;

    /// <inheritdoc/>
    public Task<PartitionStatus> LoadAsync(string collection, CancellationToken cancellationToken)
    {
        keeper.OpenAsync(collection, Key, CancellationToken.None).Ignore();
        return GetStatusAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<PartitionStatus> OpenAsync(string collection, CancellationToken cancellationToken)
    {
        await keeper.OpenAsync(collection, Key, cancellationToken);
        return await GetStatusAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task FreezeAsync(string collection, CancellationToken cancellationToken)
    {
        RequirePrimary();
        Partition partition = await keeper.OpenAsync(collection, Key, cancellationToken);
        await keeper.FreezeAsync(partition, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task CompactAsync(string collection, CancellationToken cancellationToken)
    {
        RequirePrimary();
        Partition partition = await keeper.OpenAsync(collection, Key, cancellationToken);
        await keeper.CompactAsync(partition, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<PartitionStatus> GetStatusAsync(CancellationToken cancellationToken) =>
        Task.FromResult(StatusOf(keeper.Find(Key)?.Loading));

    /// <inheritdoc/>
    public Task UnloadAsync(CancellationToken cancellationToken) => keeper.CloseAsync(Key, cancellationToken);

    /// <summary>Only the primary freezes and merges; an activation that is on another silo is about to move.</summary>
    private void RequirePrimary()
    {
        if (!silos.IsPrimary(Key))
        {
            MigrateOnIdle();
            throw new BigrainException(ErrorCode.Unavailable, $"partition {Key} is moving to silo '{silos.RankedFor(Key)[0]}': retry");
        }
    }

    private PartitionStatus StatusOf(Task<Partition>? loading)
    {
        var status = new PartitionStatus(this.GetPrimaryKeyString(), silos.LocalName, PartitionReadiness.Unloaded, 0, 0, 0, 0, 0, [], null);
        switch (loading)
        {
            case null:
                return status;
            case { IsCompletedSuccessfully: true }:
                PartitionStatistics held = loading.Result.Statistics;
                return status with
                {
                    Readiness = PartitionReadiness.Ready,
                    DocumentCount = held.DocumentCount,
                    TailCount = held.TailDocumentCount,
                    SegmentCount = held.SegmentCount,
                    CoarseBytes = held.CoarseBytes,
                    TailBytes = held.TailBytes,
                    Codecs = [.. held.Codecs],
                };
            case { IsCompleted: true }:
                return status with { Readiness = PartitionReadiness.Failed, Failure = Describe(loading.Exception?.InnerException) };
            default:
                return status with { Readiness = PartitionReadiness.Loading };
        }
    }

    private static string Describe(Exception? error) => error is BigrainException or CorruptBlobException or BlobStoreException
        ? error.Message
        : "the load failed: the silo's log has the reason";
}
