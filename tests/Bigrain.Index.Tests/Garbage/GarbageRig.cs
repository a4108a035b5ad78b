using System.Collections.Immutable;
using System.Globalization;
using Bigrain.Index.Blobs;
using Bigrain.Index.Catalog;
using Bigrain.Index.Formats;
using Bigrain.Index.Garbage;
using Bigrain.Index.Log;
using Bigrain.Index.Manifests;
using Bigrain.Index.Partitions;
using Bigrain.Index.Schema;
using Bigrain.TestKit.Blobs;
using Bigrain.TestKit.Partitions;
using Bigrain.TestKit.Randomness;
using Bigrain.TestKit.Time;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Bigrain.Index.Tests.Garbage;

/// <summary>A store with collections whose segments are single small files, and a collector over it.</summary>
internal sealed class GarbageRig : IPinSource
{
    public GarbageRig()
    {
        Store = new MemoryBlobStore(Time);
        Catalog = new CollectionCatalog(Store, Time, Random);
    }

    public InstantTime Time { get; } = new();

    public SeededRandom Random { get; } = new(7);

    public MemoryBlobStore Store { get; }

    public CollectionCatalog Catalog { get; }

    public GarbageOptions Options { get; } = new();

    public List<string> Pins { get; } = [];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public GarbageCollector Collector(IBlobStore? store = null) => new(new GarbageServices
    {
        Store = store ?? Store,
        Catalog = new CollectionCatalog(store ?? Store, Time, Random),
        Pins = [this],
        Logs = new DirectLogOwner(store ?? Store, Time, Random, new LogWriterOptions()),
        Options = Options,
        DedupeWindow = TimeSpan.FromHours(1),
        KeepJobs = TimeSpan.FromDays(7),
        Time = Time,
        Loggers = NullLoggerFactory.Instance,
    });

    public Task<GarbageReport> CollectAsync(bool delete = true) => Collector().RunAsync(new GarbageRequest(delete), Cancel);

    /// <summary>Waits out grace and interval and collects twice.</summary>
    public async Task<GarbageReport> CollectTwiceAsync()
    {
        Time.Advance(TimeSpan.FromHours(25));
        await CollectAsync();
        Time.Advance(TimeSpan.FromHours(2));
        return await CollectAsync();
    }

    public async Task<CollectionHead> CreateAsync(string name = "c", int partitions = 2, int streams = 1) =>
        (await Catalog.CreateAsync(name, Schemas.Dense(2, Metric.L2, partitions, streams), Cancel)).Head;

    public ManifestStore ManifestsOf(CollectionHead head, int generation, int partition) =>
        new(Store, Time, head.Incarnation, generation, partition, head.Schema.StreamCount);

    /// <summary>Writes the files of a segment that nothing names yet.</summary>
    public async Task<SegmentDescriptor> WriteSegmentAsync(CollectionHead head, int generation, int partition, string? deletes = null)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"{Random.NextUInt64():x16}");
        await Store.CreateAsync(DataPaths.SegmentFile(head.Incarnation, generation, partition, name, "ids"), new byte[10], Cancel);
        if (deletes is not null)
        {
            await Store.CreateAsync(DataPaths.SegmentFile(head.Incarnation, generation, partition, name, deletes), new byte[3], Cancel);
        }

        SegmentFile? file = deletes is null ? null : new SegmentFile(deletes, 3, new string('0', 32));
        return new SegmentDescriptor(name, 5, [], [new SegmentFile("ids", 10, new string('0', 32))], "flat", file, deletes is null ? 0 : 1);
    }

    public async Task<ManifestSnapshot?> CommitAsync(
        CollectionHead head, int generation, int partition, ImmutableArray<SegmentDescriptor> segments, long floor = 1, ManifestSnapshot? basis = null)
    {
        ManifestStore manifests = ManifestsOf(head, generation, partition);
        ManifestSnapshot current = basis ?? await manifests.ReadAsync(Cancel);
        ImmutableArray<long> floors = [.. current.Manifest.Floors.Select(old => Math.Max(old, floor))];
        return await manifests.TrySwapAsync(current, new PartitionManifest(current.Manifest.Revision + 1, segments, floors), Cancel);
    }

    public bool Has(CollectionHead head, int generation, int partition, SegmentDescriptor segment, string file = "ids") =>
        Store.Names.Contains(DataPaths.SegmentFile(head.Incarnation, generation, partition, segment.Name, file));

    public async Task WriteGenerationAsync(CollectionHead head, int number, ImmutableArray<int>? homes = null, int? tablesOf = null)
    {
        var representation = new GenerationRepresentation("default", CodecSpec.Flat)
        {
            Tables = tablesOf is { } generation ? new TablesReference(generation, 3, new string('0', 32)) : null,
        };
        await Catalog.WriteGenerationAsync(
            head.Incarnation, new GenerationRecord(number, head.Schema.PartitionCount, 5, [representation], Time.GetUtcNow()) { Homes = homes }, Cancel);
    }

    public Task<CollectionHead> UpdateAsync(CollectionHead head, Func<CollectionHead, CollectionHead> change) =>
        Catalog.UpdateAsync(head.Name, head.Incarnation, change, Cancel);

    public async IAsyncEnumerable<string> ReadPinsAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (string pin in Pins.ToArray())
        {
            yield return pin;
        }

        await Task.CompletedTask;
    }

    public async Task<GarbageCandidates> CandidatesAsync()
    {
        BlobContent content = (await Store.ReadAsync(DataPaths.GarbageCandidates, Cancel))!;
        return FormatJson.Read(BlobKind.GarbageCandidates, DataPaths.GarbageCandidates, content.Bytes, FormatJson.Default.GarbageCandidates);
    }
}
