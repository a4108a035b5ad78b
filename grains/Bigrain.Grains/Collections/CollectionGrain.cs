using Bigrain.Contracts;
using Bigrain.Contracts.Collections;
using Bigrain.Contracts.Partitions;
using Bigrain.Grains.Placement;
using Bigrain.Index.Catalog;

namespace Bigrain.Grains.Collections;

/// <summary>Administration of one collection.</summary>
[GrainType("bigrain.collection")]
[RendezvousPlacement]
internal sealed class CollectionGrain(CollectionCatalog catalog, CollectionDirectory directory) : Grain, ICollectionGrain
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
        SchemaMapping.ToWire((await directory.GetAsync(Name, cancellationToken)).Head);

    /// <inheritdoc/>
    public async Task<bool> DropAsync(CancellationToken cancellationToken)
    {
        if (await catalog.ReadAsync(Name, cancellationToken) is not { } head)
        {
            return false;
        }

        bool dropped = await catalog.DropAsync(Name, cancellationToken);
        directory.Forget(Name);
        GenerationRecord generation = await catalog.ReadGenerationAsync(head.Incarnation, head.CurrentGeneration, cancellationToken);
        await Task.WhenAll(PartitionsOf(new CollectionSnapshot(head, generation)).Select(partition => partition.UnloadAsync(cancellationToken)));
        return dropped;
    }

    /// <inheritdoc/>
    public async Task<CollectionStatistics> GetStatisticsAsync(bool load, CancellationToken cancellationToken)
    {
        CollectionSnapshot known = await directory.GetAsync(Name, cancellationToken);
        PartitionStatus[] partitions = await Task.WhenAll(PartitionsOf(known).Select(partition =>
            load ? partition.LoadAsync(Name, cancellationToken) : partition.GetStatusAsync(cancellationToken)));
        return new CollectionStatistics(SchemaMapping.ToWire(known.Head), partitions);
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
}
