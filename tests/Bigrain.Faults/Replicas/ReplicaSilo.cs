using Bigrain.Index.Blobs;
using Bigrain.Index.Catalog;
using Bigrain.Index.Coarse;
using Bigrain.Index.Documents;
using Bigrain.Index.Memory;
using Bigrain.Index.Partitions;
using Bigrain.Index.Scheduling;
using Bigrain.Index.Segments;
using Bigrain.TestKit.Blobs;
using Bigrain.TestKit.Files;
using Bigrain.TestKit.Randomness;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bigrain.Faults.Replicas;

/// <summary>One process that holds copies of partitions, with its own view of the store and of who is primary.</summary>
internal sealed class ReplicaSilo : IAsyncDisposable
{
    private static readonly ScanPool Pool = new(new ScanPoolOptions { ThreadCount = 1 });

    // A silo that reads every entry again, one that keeps some and one that keeps all.
    private static readonly long[] RecentLogBytes = [0, 4_096, 1 << 20];

    private readonly CollectionHead _head;
    private readonly GenerationRecord _generation;
    private readonly SegmentCache _segments;
    private readonly LocalCopies _copies;
    private readonly TemporaryFolder _work = new();

    public ReplicaSilo(
        int number,
        string name,
        CollectionHead head,
        GenerationRecord generation,
        IBlobStore store,
        WorldTime time,
        IIdHash idHash,
        SeededRandom random,
        PartitionFlaws flaws)
    {
        Number = number;
        Name = name;
        _head = head;
        _generation = generation;
        Clock = new ProcessClock(time);
        Store = new FaultyBlobStore(store, random, new FaultRates());
        _copies = new LocalCopies(Store);
        var budget = new MemoryBudget(256L << 20);
        _segments = new SegmentCache(new SegmentAccess(Store, _copies, RecordsAreLocal: true), budget, Clock);
        Host = new PartitionHost(
            new PartitionServices
            {
                Store = Store,
                Segments = _segments,
                Budget = budget,
                Options = new PartitionOptions { FreezeDocuments = 12, FreezeLogBlobs = 20, MergeFanIn = 3, MaxDeadShare = 0.3, RecentLogBytes = RecentLogBytes[number % RecentLogBytes.Length] },
                Coarse = new CoarseOptions { FlatBelow = 10, TrainingBytes = 1 << 20, BuildBlockBytes = 1 << 20 },
                WorkDirectory = _work.Path,
                IdHash = idHash,
                Time = Clock,
                Random = new SeededRandom(random.NextUInt64()),
                Loggers = NullLoggerFactory.Instance,
                Background = Background.Add,
                Flaws = flaws,
            },
            Pool);
        Believes = new int[generation.PartitionCount];
    }

    /// <summary>Its place among the silos; the process that replaces it has the same.</summary>
    public int Number { get; }

    public string Name { get; }

    public ProcessClock Clock { get; }

    public FaultyBlobStore Store { get; }

    public PartitionHost Host { get; }

    /// <summary>Per partition the number of the silo that it takes for the primary.</summary>
    public int[] Believes { get; }

    /// <summary>Work that its partitions want done beside everything else.</summary>
    public List<Func<Task>> Background { get; } = [];

    /// <summary>What goes on here and is held up.</summary>
    public List<Operation> Operations { get; } = [];

    public bool IsPrimary(int partition) => Believes[partition] == Number;

    public Partition? TryGet(int partition) => Host.TryGet(KeyOf(partition), out Partition? open) ? open : null;

    public Task<Partition> OpenAsync(int partition) =>
        Host.OpenAsync(KeyOf(partition), _head, _generation, IsPrimary(partition), CancellationToken.None);

    public Task CloseAsync(int partition) => Host.CloseAsync(KeyOf(partition));

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        _segments.Dispose();
        _copies.Dispose();
        _work.Dispose();
    }

    private PartitionKey KeyOf(int partition) => new(_head.Incarnation, _generation.Generation, partition);
}
