using System.Collections.Immutable;
using System.Text;
using Bigrain.Index.Blobs;
using Bigrain.Index.Catalog;
using Bigrain.Index.Coarse;
using Bigrain.Index.Documents;
using Bigrain.Index.Log;
using Bigrain.Index.Manifests;
using Bigrain.Index.Memory;
using Bigrain.Index.Partitions;
using Bigrain.Index.Queries;
using Bigrain.Index.Reindexing;
using Bigrain.Index.Routing;
using Bigrain.Index.Scheduling;
using Bigrain.Index.Schema;
using Bigrain.Index.Segments;
using Bigrain.TestKit.Blobs;
using Bigrain.TestKit.Files;
using Bigrain.TestKit.Randomness;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bigrain.TestKit.Partitions;

/// <summary>One collection without actors: log writers, partitions and queries over a blob store, restartable.</summary>
public sealed class PartitionRig : IAsyncDisposable, ISearchTransport
{
    private readonly IBlobStore _store;
    private readonly TimeProvider _time;
    private readonly SeededRandom _random;
    private readonly IIdHash _idHash;
    private readonly PartitionOptions _options;
    private readonly CoarseOptions _coarse;
    private readonly TemporaryFolder _work = new();
    private readonly LocalCopies _copies;
    private ScanPool? _pool;
    private LogWriter[] _writers = [];
    private SegmentCache? _cache;

    private PartitionRig(IBlobStore store, PartitionRigSettings settings)
    {
        _store = store;
        _time = settings.Time;
        _random = new SeededRandom(settings.Seed);
        _idHash = settings.IdHash;
        _options = settings.Partition;
        _coarse = settings.Coarse;
        _copies = new LocalCopies(store);
    }

    public CollectionHead Head { get; private set; } = null!;

    public GenerationRecord Generation { get; private set; } = null!;

    public PartitionHost Host { get; private set; } = null!;

    public PartitionServices Services { get; private set; } = null!;

    /// <summary>Creates the collection if need be, and opens everything.</summary>
    public static async Task<PartitionRig> OpenAsync(
        IBlobStore store, CollectionSchema schema, PartitionRigSettings settings, CancellationToken cancellationToken)
    {
        var rig = new PartitionRig(store, settings);
        var catalog = new CollectionCatalog(store, rig._time, rig._random);
        (rig.Head, _) = await catalog.CreateAsync("rig", schema, cancellationToken);
        rig.Generation = await catalog.ReadGenerationAsync(rig.Head.Incarnation, 1, cancellationToken);
        rig._pool = new ScanPool(new ScanPoolOptions { ThreadCount = 1 });
        var budget = new MemoryBudget(settings.MemoryBytes);
        rig._cache = new SegmentCache(new SegmentAccess(store, rig._copies, RecordsAreLocal: false), budget, rig._time);
        rig.Services = new PartitionServices
        {
            Store = store,
            Segments = rig._cache,
            Budget = budget,
            Options = rig._options,
            Coarse = rig._coarse,
            WorkDirectory = rig._work.Path,
            IdHash = rig._idHash,
            Time = rig._time,
            Random = rig._random,
            Loggers = NullLoggerFactory.Instance,
        };
        rig.Host = new PartitionHost(rig.Services, rig._pool);
        for (int partition = 0; partition < rig.Generation.PartitionCount; partition++)
        {
            await rig.Host.OpenAsync(rig.KeyOf(partition), rig.Head, rig.Generation, mayFreeze: true, cancellationToken);
        }

        rig._writers = new LogWriter[schema.StreamCount];
        for (int stream = 0; stream < rig._writers.Length; stream++)
        {
            rig._writers[stream] = await LogWriter.OpenAsync(
                new StreamKey(rig.Head.Incarnation, stream), store, rig._time, rig._random, new LogWriterOptions(), null, cancellationToken);
        }

        return rig;
    }

    /// <summary>What the manifests of the generation name now.</summary>
    public async Task<ImmutableArray<PinnedPartition>> PinAsync(CancellationToken cancellationToken)
    {
        var pinned = ImmutableArray.CreateBuilder<PinnedPartition>();
        for (int partition = 0; partition < Generation.PartitionCount; partition++)
        {
            var manifests = new ManifestStore(
                _store, _time, Head.Incarnation, Generation.Generation, partition, Head.Schema.StreamCount);
            pinned.Add(new PinnedPartition(KeyOf(partition), (await manifests.ReadAsync(cancellationToken)).Manifest));
        }

        return pinned.ToImmutable();
    }

    /// <summary>Opens the partitions of another generation, beside those that are open.</summary>
    public async Task OpenAsync(GenerationRecord generation, CancellationToken cancellationToken)
    {
        for (int partition = 0; partition < generation.PartitionCount; partition++)
        {
            await Host.OpenAsync(new PartitionKey(Head.Incarnation, generation.Generation, partition), Head, generation, mayFreeze: true, cancellationToken);
        }
    }

    /// <summary>Answers from another generation, whose partitions are open, and closes those of the one before.</summary>
    public async Task SwitchAsync(GenerationRecord generation)
    {
        for (int partition = 0; partition < Generation.PartitionCount; partition++)
        {
            await Host.CloseAsync(KeyOf(partition));
        }

        Generation = generation;
    }

    public PartitionKey KeyOf(int partition) => new(Head.Incarnation, Generation.Generation, partition);

    public Partition PartitionOf(int partition) =>
        Host.TryGet(KeyOf(partition), out Partition? open) ? open : throw new InvalidOperationException("not open");

    /// <summary>Writes documents (a null vector deletes) and waits until they are durable and applied.</summary>
    public async Task WriteAsync(
        IEnumerable<(string Id, float[]? Vector, string Payload)> rows, CancellationToken cancellationToken, long? expiresAt = null)
    {
        var builders = new LogBatchBuilder?[_writers.Length];
        foreach ((string id, float[]? vector, string payload) in rows)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(id);
            ulong hash = _idHash.Hash(bytes);
            LogBatchBuilder builder = builders[HashRange.Of(hash, _writers.Length)] ??= new LogBatchBuilder(1);
            if (vector is null)
            {
                builder.AddDelete(bytes, hash);
            }
            else
            {
                builder.AddUpsert(bytes, hash, vector, Encoding.UTF8.GetBytes(payload), expiresAt);
            }
        }

        for (int stream = 0; stream < builders.Length; stream++)
        {
            if (builders[stream] is { } builder)
            {
                await _writers[stream].WriteAsync(builder.Build(), cancellationToken);
            }
        }

        foreach (Partition partition in Host.Partitions)
        {
            await partition.CatchUpAsync(cancellationToken);
        }
    }

    /// <summary>Deletes every log entry that the manifests of all partitions cover, whatever its age.</summary>
    public async Task TrimAsync(CancellationToken cancellationToken)
    {
        var catalog = new CollectionCatalog(_store, _time, _random);
        foreach (LogWriter writer in _writers)
        {
            var trimmer = new LogTrimmer(_store, _time, writer.Key, TimeSpan.Zero);
            long floor = await trimmer.FindFloorAsync(Head, catalog, cancellationToken);
            writer.RaiseFloor(floor);
            await trimmer.DeleteAsync(cancellationToken);
        }
    }

    /// <summary>Asks every partition.</summary>
    public Task<QueryAnswer> QueryAsync(float[] vector, int k, CancellationToken cancellationToken, int nprobe = 0, int shortlist = 0) =>
        new QueryCoordinator(TimeProvider.System).SearchAsync(
            new QueryPlan
            {
                Incarnation = Head.Incarnation,
                Generation = Generation.Generation,
                Targets = [.. Enumerable.Range(0, Generation.PartitionCount).Select(partition => new PartitionTarget(partition, Generation.HomeOf(partition), ["rig"]))],
                Representation = 0,
                Metric = Head.Schema.Default.Metric,
                Vector = vector,
                K = k,
                Nprobe = nprobe,
                Shortlist = shortlist,
                Budget = TimeSpan.FromSeconds(30),
            },
            this,
            cancellationToken);

    public async Task<StoredDocument?> GetAsync(string id, CancellationToken cancellationToken)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(id);
        int partition = HashRange.Of(_idHash.Hash(bytes), Generation.PartitionCount);
        return await PartitionOf(partition).GetAsync(bytes, cancellationToken);
    }

    Task<byte[]> ISearchTransport.SearchAsync(string silo, byte[] request, CancellationToken cancellationToken) =>
        Host.SearchAsync(request, cancellationToken);

    Task<byte[]> ISearchTransport.VerifyAsync(string silo, byte[] request, CancellationToken cancellationToken) =>
        Host.VerifyAsync(request, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (Host is not null)
        {
            await Host.DisposeAsync();
        }

        foreach (LogWriter? writer in _writers)
        {
            if (writer is not null)
            {
                await writer.DisposeAsync();
            }
        }

        _cache?.Dispose();
        _pool?.Dispose();
        _copies.Dispose();
        _work.Dispose();
    }
}
