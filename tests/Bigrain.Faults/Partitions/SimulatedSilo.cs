using Bigrain.Index.Blobs;
using Bigrain.Index.Catalog;
using Bigrain.Index.Coarse;
using Bigrain.Index.Documents;
using Bigrain.Index.Memory;
using Bigrain.Index.Partitions;
using Bigrain.Index.Segments;
using Bigrain.TestKit.Blobs;
using Bigrain.TestKit.Files;
using Bigrain.TestKit.Randomness;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bigrain.Faults.Partitions;

/// <summary>One process that serves all partitions of a collection, with its own view of the store.</summary>
internal sealed class SimulatedSilo : IAsyncDisposable
{
    private readonly CollectionHead _head;
    private readonly GenerationRecord _generation;
    private readonly PartitionServices _services;
    private readonly LocalCopies _copies;
    private readonly TemporaryFolder _work = new();
    private readonly Partition?[] _partitions;

    public SimulatedSilo(
        string name, CollectionHead head, GenerationRecord generation, IBlobStore store, TimeProvider time, IIdHash idHash, SeededRandom random)
    {
        Name = name;
        _head = head;
        _generation = generation;
        Store = new FaultyBlobStore(store, random, new FaultRates());
        _copies = new LocalCopies(Store);
        var budget = new MemoryBudget(256L << 20);
        _services = new PartitionServices
        {
            Store = Store,
            Segments = new SegmentCache(new SegmentAccess(Store, _copies, RecordsAreLocal: true), budget, time),
            Budget = budget,
            Options = new PartitionOptions { FreezeDocuments = 12, FreezeLogBlobs = 20, MergeFanIn = 3, MaxDeadShare = 0.3 },
            Coarse = new CoarseOptions { FlatBelow = 10, TrainingBytes = 1 << 20, BuildBlockBytes = 1 << 20 },
            WorkDirectory = _work.Path,
            IdHash = idHash,
            Time = time,
            Random = new SeededRandom(random.NextUInt64()),
            Loggers = NullLoggerFactory.Instance,
        };
        _partitions = new Partition?[generation.PartitionCount];
    }

    public string Name { get; }

    public FaultyBlobStore Store { get; }

    /// <summary>Number of the partition that freezes or merges now; -1 for none.</summary>
    public int Maintaining { get; private set; } = -1;

    public Partition? TryGet(int partition) => _partitions[partition];

    public async Task<Partition> OpenAsync(int partition)
    {
        if (_partitions[partition] is { } open)
        {
            return open;
        }

        var key = new PartitionKey(_head.Incarnation, _generation.Generation, partition);
        return _partitions[partition] = await Partition.OpenAsync(key, _head, _generation, _services, mayFreeze: true, CancellationToken.None);
    }

    /// <summary>Freezes or merges, during which others may interfere.</summary>
    public async Task MaintainAsync(int partition, Func<Partition, Task> work)
    {
        Partition open = await OpenAsync(partition);
        Maintaining = partition;
        try
        {
            await work(open);
        }
        finally
        {
            Maintaining = -1;
        }
    }

    public async Task CloseAsync(int partition)
    {
        if (_partitions[partition] is { } open)
        {
            _partitions[partition] = null;
            await open.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        for (int partition = 0; partition < _partitions.Length; partition++)
        {
            await CloseAsync(partition);
        }

        _services.Segments.Dispose();
        _copies.Dispose();
        _work.Dispose();
    }
}
