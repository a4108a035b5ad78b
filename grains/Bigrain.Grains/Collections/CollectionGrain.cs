using Bigrain.Contracts;
using Bigrain.Contracts.Collections;
using Bigrain.Contracts.Partitions;
using Bigrain.Grains.Faults;
using Bigrain.Grains.Partitions;
using Bigrain.Grains.Placement;
using Bigrain.Index.Catalog;

namespace Bigrain.Grains.Collections;

/// <summary>Administration of one collection.</summary>
[GrainType("bigrain.collection")]
[RendezvousPlacement]
internal sealed class CollectionGrain(CollectionCatalog catalog, CollectionDirectory directory, ICollectionLives lives, SiloMap silos, PlacedGrains placed)
    : PlacedGrain(placed), ICollectionGrain
{
    private string Name => this.GetPrimaryKeyString();

    /// <inheritdoc/>
    public async Task<CreateCollectionReply> CreateAsync(WireSchema schema, CancellationToken cancellationToken)
    {
        (CollectionHead head, bool created) = await catalog.CreateAsync(Name, SchemaMapping.FromWire(schema), cancellationToken);
        directory.Forget(Name);
        return new CreateCollectionReply(created, SchemaMapping.ToWire(head));
    }

    /// <inheritdoc/>
    public async Task<CollectionInfo> DescribeAsync(CancellationToken cancellationToken) =>
        SchemaMapping.ToWire(await directory.GetAsync(Name, cancellationToken));

    /// <inheritdoc/>
    public async Task<bool> DropAsync(CancellationToken cancellationToken)
    {
        if (await catalog.ReadAsync(Name, cancellationToken) is not { } head)
        {
            return false;
        }

        bool dropped = await catalog.DropAsync(Name, cancellationToken);
        await lives.EndAsync(Name, head.Incarnation, cancellationToken);
        return dropped;
    }

    /// <inheritdoc/>
    public async Task<CollectionStatistics> GetStatisticsAsync(bool load, CancellationToken cancellationToken)
    {
        CollectionSnapshot known = await directory.GetAsync(Name, cancellationToken);
        PartitionStatus[] partitions = await Task.WhenAll(ReplicasOf(known).Select(replica => StatusAsync(replica, load, cancellationToken)));
        return new CollectionStatistics(SchemaMapping.ToWire(known), partitions);
    }

    /// <inheritdoc/>
    public async Task CompactAsync(CancellationToken cancellationToken)
    {
        CollectionSnapshot known = await directory.GetAsync(Name, cancellationToken);
        await Task.WhenAll(PartitionsOf(known).Select(partition => partition.CompactAsync(Name, cancellationToken)));
    }

    private IEnumerable<ICoarsePartitionGrain> PartitionsOf(CollectionSnapshot known) =>
        Enumerable.Range(0, known.Generation.PartitionCount)
            .Select(partition => GrainFactory.GetGrain<ICoarsePartitionGrain>(known.ReplicaOf(partition, replica: 0)));

    /// <summary>Every replica that has a silo, in the order of partition and rank.</summary>
    private IEnumerable<ReplicaKey> ReplicasOf(CollectionSnapshot known) =>
        from partition in Enumerable.Range(0, known.Generation.PartitionCount)
        let key = known.KeyOf(partition)
        from replica in Enumerable.Range(0, silos.OwnersOf(key, known.Head.Schema.ReplicaCount).Length)
        select new ReplicaKey(key, replica);

    private async Task<PartitionStatus> StatusAsync(ReplicaKey key, bool load, CancellationToken cancellationToken)
    {
        ICoarsePartitionGrain replica = GrainFactory.GetGrain<ICoarsePartitionGrain>(key.ToString());
        try
        {
            return await (load ? replica.LoadAsync(Name, cancellationToken) : replica.GetStatusAsync(cancellationToken));
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            // One silo that is gone must not hide the others.
            return new PartitionStatus(
                key.ToString(), silos.OwnersOf(key.Partition, key.Replica + 1)[^1], PartitionReadiness.Failed, 0, 0, 0, 0, 0, [], FaultTranslation.FromFault(error).Message);
        }
    }
}
