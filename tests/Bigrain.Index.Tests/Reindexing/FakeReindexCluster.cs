using System.Collections.Immutable;
using System.Text;
using Bigrain.Index.Blobs;
using Bigrain.Index.Catalog;
using Bigrain.Index.Documents;
using Bigrain.Index.Manifests;
using Bigrain.Index.Partitions;
using Bigrain.Index.Reindexing;
using Bigrain.Index.Routing;
using Bigrain.Index.Segments;
using Xunit;

namespace Bigrain.Index.Tests.Reindexing;

/// <summary>A cluster without silos: 200 documents that every generation holds, and builds that make nothing but a manifest.</summary>
/// <remarks>Thread safe where a job calls side by side: freezing, and where a generation is kept loaded: loading and looking.</remarks>
internal sealed class FakeReindexCluster(IBlobStore store, CollectionCatalog catalog, TimeProvider time) : IReindexCluster
{
    public const int DocumentCount = 200;

    private const int LooksUntilUnloaded = 3;

    private readonly Lock _gate = new();
    private readonly HashSet<PartitionKey> _begun = [];
    private int _looks;

    /// <summary>Called before every call with its name; may wait or throw.</summary>
    public Func<string, Task> OnCall { get; set; } = static _ => Task.CompletedTask;

    /// <summary>Called before a partition is frozen; may wait or throw.</summary>
    public Func<PartitionKey, CancellationToken, Task> OnFreeze { get; set; } = static (_, _) => Task.CompletedTask;

    public ImmutableArray<SiloCapacity> Silos { get; set; } = [new("silo-0", 0, 1L << 40, CollectionCatalog.ReaderVersion)];

    /// <summary>Whether a partition has one of the documents that belong to it.</summary>
    public Func<PartitionKey, int, bool> Holds { get; set; } = static (_, _) => true;

    /// <summary>Recall of a generation.</summary>
    public Func<int, double> RecallOf { get; set; } = static _ => 0.97;

    /// <summary>Whether what is no longer current stays in memory.</summary>
    public bool NeverUnloads { get; set; }

    public HashSet<PartitionKey> Frozen { get; } = [];

    public HashSet<PartitionKey> Loaded { get; } = [];

    public HashSet<PartitionKey> Cancelled { get; } = [];

    /// <summary>How often a partition was built.</summary>
    public Dictionary<PartitionKey, int> Builds { get; } = [];

    /// <summary>Partitions that each built partition is made of.</summary>
    public Dictionary<PartitionKey, ImmutableArray<PartitionKey>> SourcesOf { get; } = [];

    public async Task<ImmutableArray<SiloCapacity>> GetSilosAsync(CancellationToken cancellationToken)
    {
        await OnCall("silos");
        return Silos;
    }

    public ImmutableArray<string> OwnersOf(PartitionKey partition, int replicaCount) => [.. Silos.Take(replicaCount).Select(silo => silo.Name)];

    public async Task<ImmutableArray<long>> CountAsync(CollectionHead head, ImmutableArray<PartitionKey> partitions, CancellationToken cancellationToken)
    {
        await OnCall("count");
        return [.. Enumerable.Range(0, partitions.Length).Select(p => Documents(partitions).LongCount(document => document.Partition == p))];
    }

    public async Task FreezeAsync(CollectionHead head, PartitionKey partition, CancellationToken cancellationToken)
    {
        await OnFreeze(partition, cancellationToken);
        await OnCall("freeze");
        lock (_gate)
        {
            Frozen.Add(partition);
        }
    }

    public async Task<PartitionBuildStatus> BuildAsync(
        CollectionHead head, PartitionKey target, ImmutableArray<PinnedPartition> sources, int sourcePartitionCount, CancellationToken cancellationToken)
    {
        await OnCall("build");
        ManifestStore manifests = ManifestsOf(head, target);
        ManifestSnapshot found = await manifests.ReadAsync(cancellationToken);
        if (found.Tag is not null)
        {
            return new PartitionBuildStatus(PartitionBuildState.Built, 50, 50);
        }

        if (_begun.Add(target))
        {
            return new PartitionBuildStatus(PartitionBuildState.Running, 10, 50);
        }

        Assert.NotNull(await manifests.TrySwapAsync(found, found.Manifest with { Revision = 1 }, cancellationToken));
        Builds[target] = Builds.GetValueOrDefault(target) + 1;
        SourcesOf[target] = [.. sources.Select(source => source.Key)];
        return new PartitionBuildStatus(PartitionBuildState.Built, 50, 50);
    }

    public async Task CancelBuildsAsync(CollectionHead head, GenerationRecord generation, CancellationToken cancellationToken)
    {
        await OnCall("cancel");
        Cancelled.UnionWith(generation.KeysOf(head.Incarnation));
    }

    public async Task OpenAsync(CollectionHead head, ImmutableArray<PartitionKey> partitions, CancellationToken cancellationToken)
    {
        await OnCall("open");
        cancellationToken.ThrowIfCancellationRequested();
        CollectionHead now = (await catalog.ReadAsync(head.Name, cancellationToken))!;
        Assert.All(partitions, partition => Assert.Contains(partition.Generation, now.Generations));
        lock (_gate)
        {
            Loaded.UnionWith(partitions);
            _looks = 0;
        }
    }

    public async Task<ContentDigest> DigestAsync(CollectionHead head, ImmutableArray<PartitionKey> partitions, CancellationToken cancellationToken)
    {
        await OnCall("digest");
        var digest = new ContentDigest();
        foreach ((byte[] id, ulong hash, int partition, int number) in Documents(partitions))
        {
            if (Holds(partitions[partition], number))
            {
                digest.Add(id, hash, new RowVersion(number + 1, 0));
            }
        }

        return digest;
    }

    public async Task<double> MeasureRecallAsync(
        CollectionHead head, GenerationRecord answering, GenerationRecord truth, ReindexRequest request, CancellationToken cancellationToken)
    {
        await OnCall("recall");
        return RecallOf(answering.Generation);
    }

    public bool IsAnyLoaded(IEnumerable<PartitionKey> partitions)
    {
        PartitionKey[] asked = [.. partitions];
        lock (_gate)
        {
            if (++_looks >= LooksUntilUnloaded && !NeverUnloads)
            {
                Loaded.ExceptWith(asked);
            }

            return Loaded.Overlaps(asked);
        }
    }

    public void Forget(string collection)
    {
    }

    /// <summary>The manifest of a partition.</summary>
    public ManifestStore ManifestsOf(CollectionHead head, PartitionKey partition) =>
        new(store, time, partition.Incarnation, partition.Generation, partition.Partition, head.Schema.StreamCount);

    private static IEnumerable<(byte[] Id, ulong Hash, int Partition, int Number)> Documents(ImmutableArray<PartitionKey> partitions)
    {
        for (int number = 0; number < DocumentCount; number++)
        {
            byte[] id = Encoding.UTF8.GetBytes($"d{number}");
            ulong hash = XxIdHash.Instance.Hash(id);
            yield return (id, hash, HashRange.Of(hash, partitions.Length), number);
        }
    }
}
