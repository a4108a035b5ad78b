using Bigrain.Contracts;
using Bigrain.Contracts.Partitions;
using Bigrain.Grains.Placement;
using Bigrain.Index.Blobs;
using Bigrain.Index.Errors;
using Bigrain.Index.Log;
using Bigrain.Index.Partitions;

namespace Bigrain.Grains.Partitions;

/// <summary>The light side of one replica: a name for what the silo's <see cref="PartitionKeeper"/> holds.</summary>
[GrainType("bigrain.coarse")]
[RendezvousPlacement]
internal sealed class CoarsePartitionGrain(PartitionKeeper keeper, ILocalSiloDetails silo) : Grain, ICoarsePartitionGrain
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
    public async Task<bool> PushAsync(string collection, int stream, long sequence, PackedBytes entry, CancellationToken cancellationToken)
    {
        Partition partition = await keeper.OpenAsync(collection, Key, cancellationToken);
        if (sequence > partition.AppliedSequence(stream))
        {
            var streamKey = new StreamKey(Key.Incarnation, stream);
            string origin = DataPaths.WalEntry(Key.Incarnation, stream, sequence);
            await partition.PushAsync(LogEntry.Parse(streamKey, sequence, origin, entry.Bytes), cancellationToken);
        }

        keeper.RequestMaintenance(partition);
        return partition.Overfull;
    }

    /// <inheritdoc/>
    public Task<bool> IsOverfullAsync(CancellationToken cancellationToken) =>
        Task.FromResult(keeper.Find(Key)?.Loading is { IsCompletedSuccessfully: true } loaded && loaded.Result.Overfull);

    /// <inheritdoc/>
    public async Task FreezeAsync(string collection, CancellationToken cancellationToken)
    {
        Partition partition = await keeper.OpenAsync(collection, Key, cancellationToken);
        await keeper.RunAsync(
            partition,
            static async (target, token) =>
            {
                await target.CatchUpAsync(token);
                await target.FreezeAsync(token);
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public async Task CompactAsync(string collection, CancellationToken cancellationToken)
    {
        Partition partition = await keeper.OpenAsync(collection, Key, cancellationToken);
        await keeper.RunAsync(
            partition,
            static async (target, token) =>
            {
                await target.CatchUpAsync(token);
                await target.CompactAsync(token);
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public Task<PartitionStatus> GetStatusAsync(CancellationToken cancellationToken) =>
        Task.FromResult(StatusOf(keeper.Find(Key)?.Loading));

    /// <inheritdoc/>
    public Task UnloadAsync(CancellationToken cancellationToken) => keeper.CloseAsync(Key, cancellationToken);

    private PartitionStatus StatusOf(Task<Partition>? loading)
    {
        var status = new PartitionStatus(this.GetPrimaryKeyString(), silo.Name, PartitionReadiness.Unloaded, 0, 0, 0, 0, 0, [], null);
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
