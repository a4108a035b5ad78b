using Bigrain.Index.Blobs;
using Bigrain.Index.Catalog;
using Bigrain.Index.Coarse;
using Bigrain.Index.Jobs;
using Bigrain.Index.Memory;
using Bigrain.Index.Partitions;
using Bigrain.Index.Reindexing;
using Bigrain.Index.Schema;
using Bigrain.Index.Segments;
using Bigrain.TestKit.Blobs;
using Bigrain.TestKit.Partitions;
using Bigrain.TestKit.Randomness;
using Bigrain.TestKit.Time;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Bigrain.Index.Tests.Reindexing;

/// <summary>One collection of four partitions and its reindex jobs, over a store in memory and a cluster without silos. Whoever waits is served at once.</summary>
internal sealed class ReindexRig : IDisposable
{
    public const string Collection = "docs";

    private readonly SeededRandom _random = new(31);
    private readonly LocalCopies _copies;
    private readonly SegmentCache _segments;
    private readonly MemoryBudget _budget = new(1L << 30);
    private int _jobs;

    private ReindexRig()
    {
        Blobs = new MemoryBlobStore(Time);
        _copies = new LocalCopies(Blobs);
        _segments = new SegmentCache(new SegmentAccess(Blobs, _copies, RecordsAreLocal: false), _budget, Time);
        Cluster = new FakeReindexCluster(Blobs, Catalog, Time);
    }

    public MemoryBlobStore Blobs { get; }

    public InstantTime Time { get; } = new();

    public FakeReindexCluster Cluster { get; }

    public HookedFailPoints Points { get; } = new();

    /// <summary>HEAD as it was made.</summary>
    public CollectionHead Head { get; private set; } = null!;

    public CollectionCatalog Catalog => new(Blobs, Time, _random);

    public JobStore Jobs => new(Blobs, Time);

    /// <summary>How often a generation that is verified is asked for. Never, unless a test sets it: an instant clock would do nothing else.</summary>
    public TimeSpan KeepPeriod { get; set; } = Timeout.InfiniteTimeSpan;

    /// <summary>Longest time for freezing the sources. For ever, unless a test sets it: an instant clock has no time at all.</summary>
    public TimeSpan FreezePatience { get; set; } = Timeout.InfiniteTimeSpan;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<ReindexRig> OpenAsync(CodecSpec? codec = null, int partitions = 4)
    {
        var rig = new ReindexRig();
        CollectionSchema schema = Schemas.Dense(8, Metric.L2, partitions: partitions, streams: 2, codec: codec);
        (rig.Head, _) = await rig.Catalog.CreateAsync(Collection, schema, Cancel);
        return rig;
    }

    /// <summary>What a helper gives that ends at once, as everything does over a store in memory.</summary>
    public static T Now<T>(Task<T> task)
    {
        Assert.True(task.IsCompleted, "it waits for something");
        return task.GetAwaiter().GetResult();
    }

    /// <summary>Makes a job.</summary>
    /// <returns>Its id.</returns>
    public async Task<string> StartAsync(ReindexRequest request)
    {
        string id = $"reindex-{++_jobs}";
        var record = new JobRecord(id, ReindexKind.KindName, Collection, Time.GetUtcNow())
        {
            Body = ReindexKind.BodyOf(request),
            Incarnation = Head.Incarnation.Value,
        };
        Assert.True((await Jobs.CreateAsync(record, Cancel)).Created);
        return id;
    }

    /// <summary>Runs a job on a silo to its end.</summary>
    /// <param name="id">The job.</param>
    /// <param name="process">The store as that silo sees it.</param>
    public Task<JobOutcome> RunAsync(string id, IBlobStore? process = null) => LoopAsync(id, process ?? Blobs, Cancel);

    /// <summary>Runs a job on a silo that stops.</summary>
    public Task<JobOutcome> RunUntilAsync(string id, CancellationToken stop) => LoopAsync(id, Blobs, stop);

    /// <summary>Runs a job on another silo while the one that calls stands still.</summary>
    public JobOutcome RunNow(string id) => Task.Run(() => RunAsync(id), Cancel).GetAwaiter().GetResult();

    /// <summary>Makes a job and runs it to its end.</summary>
    public async Task<JobRecord> ReindexAsync(ReindexRequest request)
    {
        string id = await StartAsync(request);
        Assert.Equal(JobOutcome.Ended, await RunAsync(id));
        return await ReadAsync(id);
    }

    /// <summary>The kind on one silo.</summary>
    public ReindexKind KindOn(IBlobStore process) => new(new ReindexParts
    {
        Catalog = new CollectionCatalog(process, Time, _random),
        Services = new PartitionServices
        {
            Store = process,
            Segments = _segments,
            Budget = _budget,
            Options = new PartitionOptions(),
            Coarse = new CoarseOptions(),
            WorkDirectory = "none",
            Time = Time,
            Random = _random,
            Loggers = NullLoggerFactory.Instance,
        },
        Cluster = Cluster,
        FailPoints = Points,
        KeepPeriod = KeepPeriod,
        FreezePatience = FreezePatience,
    });

    public async Task<JobRecord> ReadAsync(string id) => (await Jobs.ReadAsync(id, Cancel))!.Record;

    public async Task<CollectionHead> HeadAsync() => (await Catalog.ReadAsync(Collection, Cancel))!;

    /// <summary>The generations that HEAD names, as text: <c>current previous building last</c>, a dash for none.</summary>
    public async Task<string> GenerationsAsync()
    {
        CollectionHead head = await HeadAsync();
        return string.Join(' ', new int?[] { head.CurrentGeneration, head.PreviousGeneration, head.BuildingGeneration, head.LastGeneration }
            .Select(generation => generation is { } number ? FormattableString.Invariant($"{number}") : "-"));
    }

    public PartitionKey[] PartitionsOf(int generation, int count = 4) =>
        [.. Enumerable.Range(0, count).Select(partition => new PartitionKey(Head.Incarnation, generation, partition))];

    public void Dispose()
    {
        _segments.Dispose();
        _copies.Dispose();
    }

    private async Task<JobOutcome> LoopAsync(string id, IBlobStore seen, CancellationToken stop)
    {
        var services = new JobServices
        {
            Store = new JobStore(seen, Time),
            Kinds = new Dictionary<string, IJobKind> { [ReindexKind.KindName] = KindOn(seen) },

            // An instant clock would look all the time.
            Options = new JobOptions { WatchPeriod = TimeSpan.Zero },
            Time = Time,
            Random = _random,
            Instruments = new JobInstruments(null),
            Loggers = NullLoggerFactory.Instance,
            FailPoints = Points,
        };
        using var loop = new JobLoop(id, "silo-0", services);
        return await loop.RunAsync(stop);
    }
}
