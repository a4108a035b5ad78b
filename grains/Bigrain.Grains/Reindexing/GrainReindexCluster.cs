using System.Collections.Immutable;
using Bigrain.Contracts;
using Bigrain.Contracts.Partitions;
using Bigrain.Contracts.Replicas;
using Bigrain.Grains.Collections;
using Bigrain.Grains.Faults;
using Bigrain.Grains.Partitions;
using Bigrain.Grains.Placement;
using Bigrain.Grains.Recall;
using Bigrain.Grains.Replicas;
using Bigrain.Index.Catalog;
using Bigrain.Index.Errors;
using Bigrain.Index.Partitions;
using Bigrain.Index.Reindexing;

namespace Bigrain.Grains.Reindexing;

/// <summary>The cluster as reindex jobs see it: calls to the silos that own the partitions.</summary>
internal sealed class GrainReindexCluster(
    IGrainFactory grains, SiloMap silos, ReplicaView view, CollectionDirectory directory, RecallMeasurement recall, TimeProvider time) : IReindexCluster
{
    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    public Task<ImmutableArray<SiloCapacity>> GetSilosAsync(CancellationToken cancellationToken) => CallAsync(async () =>
    {
        SiloInfo[] found = await Task.WhenAll(silos.PlacementNames.Select(name => grains.GetGrain<ISearchGrain>(name).DescribeAsync(cancellationToken)));
        return found
            .Select(silo => new SiloCapacity(silo.Name, silo.MemoryBytes, silo.BudgetBytes, Math.Max(1, silo.ReaderVersion)))
            .ToImmutableArray();
    });

    /// <inheritdoc/>
    public ImmutableArray<string> OwnersOf(PartitionKey partition, int replicaCount) => silos.OwnersOf(partition, replicaCount);

    /// <inheritdoc/>
    public Task<ImmutableArray<long>> CountAsync(CollectionHead head, ImmutableArray<PartitionKey> partitions, CancellationToken cancellationToken) =>
        CallAsync(async () =>
        {
            PartitionStatus[] found = await Task.WhenAll(partitions.Select(partition => Primary(partition).OpenAsync(head.Name, cancellationToken)));
            return found.Select(status => status.DocumentCount).ToImmutableArray();
        });

    /// <inheritdoc/>
    public Task FreezeAsync(CollectionHead head, PartitionKey partition, CancellationToken cancellationToken) =>
        CallAsync(async () =>
        {
            Task frozen = Primary(partition).FreezeAsync(head.Name, cancellationToken);
            frozen.Ignore();
            await frozen.WaitAsync(cancellationToken);
        });

    /// <inheritdoc/>
    public Task<PartitionBuildStatus> BuildAsync(
        CollectionHead head, PartitionKey target, ImmutableArray<PinnedPartition> sources, int sourcePartitionCount, CancellationToken cancellationToken) =>
        CallAsync(async () =>
        {
            var order = new BuildOrder(head.Name, target.ToString(), sourcePartitionCount, new PackedBytes(PinnedPartitions.Encode(sources)));
            BuildStatus status = await grains.GetGrain<IReplicaHostGrain>(silos.RankedFor(target)[0]).BuildAsync(order, cancellationToken);
            return status.ErrorCode is { } code
                ? throw new BigrainException((ErrorCode)code, status.Error ?? "the build failed")
                : new PartitionBuildStatus(
                    status.State == BuildState.Built ? PartitionBuildState.Built : PartitionBuildState.Running, status.Done, status.Total);
        });

    /// <inheritdoc/>
    public Task CancelBuildsAsync(CollectionHead head, GenerationRecord generation, CancellationToken cancellationToken) => CallAsync(() => Task.WhenAll(
        from partition in Enumerable.Range(0, generation.PartitionCount)
        where generation.HomeOf(partition) == generation.Generation
        let key = new PartitionKey(head.Incarnation, generation.Generation, partition)
        select grains.GetGrain<IReplicaHostGrain>(silos.RankedFor(key)[0]).CancelBuildAsync(key.ToString(), cancellationToken)));

    /// <inheritdoc/>
    public async Task<ContentDigest> DigestAsync(CollectionHead head, ImmutableArray<PartitionKey> partitions, CancellationToken cancellationToken) =>
        await CallAsync(async () =>
        {
            PackedBytes[][] digests = await Task.WhenAll(partitions
                .GroupBy(partition => silos.RankedFor(partition)[0])
                .Select(owned => grains.GetGrain<IReplicaHostGrain>(owned.Key)
                    .DigestAsync(head.Name, [.. owned.Select(partition => partition.ToString())], cancellationToken)));
            return ContentDigest.Merge(digests.SelectMany(digest => digest).Select(digest => ContentDigest.Decode(digest.Bytes)));
        });

    /// <inheritdoc/>
    public async Task<double> MeasureRecallAsync(
        CollectionHead head, GenerationRecord answering, GenerationRecord truth, ReindexRequest request, CancellationToken cancellationToken) =>
        await CallAsync(async () =>
        {
            RecallReport report = await recall.RunAsync(
                new CollectionSnapshot(head, answering, []),
                new CollectionSnapshot(head, truth, []),
                new RecallRequest(request.Sample, request.K, request.Seed),
                cancellationToken);
            return report.Recall;
        });

    /// <inheritdoc/>
    public Task OpenAsync(CollectionHead head, ImmutableArray<PartitionKey> partitions, CancellationToken cancellationToken) =>
        CallAsync(async () =>
        {
            while (!await TryOpenAsync(head, partitions, cancellationToken))
            {
                // Asked again before those that are loaded already can be taken for idle. The loads go on.
            }
        });

    /// <inheritdoc/>
    public bool IsAnyLoaded(IEnumerable<PartitionKey> partitions) => partitions.Any(partition => view.HoldersOf(partition).Any());

    /// <inheritdoc/>
    public void Forget(string collection) => directory.Forget(collection);

    /// <summary>Loads partitions on all their owners for a while.</summary>
    /// <returns>Whether all of them are loaded.</returns>
    private async Task<bool> TryOpenAsync(CollectionHead head, ImmutableArray<PartitionKey> partitions, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(AskAgainAfter, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        Task all = Task.WhenAll(
            from partition in partitions
            from owner in silos.OwnersOf(partition, head.Schema.ReplicaCount)
            group partition by owner into owned
            select grains.GetGrain<IReplicaHostGrain>(owned.Key)
                .OpenAsync(head.Name, [.. owned.Select(partition => partition.ToString())], linked.Token));
        try
        {
            await all.WaitAsync(linked.Token);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            all.Ignore();
            return false;
        }
    }

    private ICoarsePartitionGrain Primary(PartitionKey partition) =>
        grains.GetGrain<ICoarsePartitionGrain>(new ReplicaKey(partition, 0).ToString());

    private static async Task CallAsync(Func<Task> call) => await CallAsync(async () =>
    {
        await call();
        return true;
    });

    /// <summary>Makes a call; what it throws comes out in the words of the index.</summary>
    private static async Task<T> CallAsync<T>(Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (Exception error) when (error is not (OperationCanceledException or BigrainException))
        {
            throw FaultTranslation.FromFault(error);
        }
    }
}
