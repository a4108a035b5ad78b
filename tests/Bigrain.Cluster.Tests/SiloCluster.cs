using System.Diagnostics;
using System.Text;
using Bigrain.Contracts;
using Bigrain.Contracts.Collections;
using Bigrain.Grains.Collections;
using Bigrain.Grains.Faults;
using Bigrain.Grains.Partitions;
using Bigrain.Grains.Placement;
using Bigrain.Index.Blobs;
using Bigrain.Index.Documents;
using Bigrain.Index.Log;
using Bigrain.Index.Partitions;
using Bigrain.Index.Queries;
using Bigrain.Index.Routing;
using Bigrain.Silo.Hosting;
using Bigrain.TestKit.Blobs;
using Bigrain.TestKit.Files;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.TestingHost;

namespace Bigrain.Cluster.Tests;

/// <summary>Some silos in this process, composed like the product, over one store in memory.</summary>
internal sealed class SiloCluster : IAsyncDisposable
{
    /// <summary>How long a cluster on a busy machine may take for what takes seconds on an idle one.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan QueryBudget = TimeSpan.FromSeconds(5);

    private readonly InProcessTestCluster _cluster;
    private readonly TemporaryFolder _work;

    private SiloCluster(InProcessTestCluster cluster, IBlobStore store, TemporaryFolder work)
    {
        _cluster = cluster;
        Store = store;
        _work = work;
    }

    /// <summary>The store that all silos share.</summary>
    public IBlobStore Store { get; }

    /// <summary>Silos that run, by name.</summary>
    public IReadOnlyList<InProcessSiloHandle> Silos => [.. _cluster.Silos.Where(silo => silo.IsActive)];

    /// <summary>Starts silos and waits until each of them has heard of the others.</summary>
    /// <param name="count">How many.</param>
    /// <param name="store">Their store; null for an empty one.</param>
    /// <param name="memoryOf">Memory budget of a silo by its name; null gives each 256 MiB.</param>
    /// <param name="more">Registers what only the test has.</param>
    public static async Task<SiloCluster> StartAsync(
        int count, IBlobStore? store = null, Func<string, long>? memoryOf = null, Action<IServiceCollection>? more = null)
    {
        var blobs = store ?? new MemoryBlobStore();
        var work = new TemporaryFolder();
        var builder = new InProcessTestClusterBuilder((short)count);
        builder.ConfigureHost(host => host.Logging.ClearProviders());
        builder.ConfigureSilo((_, silo) =>
        {
            silo.Configure<SiloMessagingOptions>(options => options.ResponseTimeout = TimeSpan.FromSeconds(5));

            // All silos share the processors with each other and with the tests: quicker probes, the look at the connection as in the product.
            silo.Configure<ClusterMembershipOptions>(options =>
            {
                options.ProbeTimeout = TimeSpan.FromSeconds(1);
                options.NumMissedProbesLimit = 2;
                options.MinProbeTimeout = TimeSpan.FromSeconds(1);
                options.MaxProbeTimeout = TimeSpan.FromSeconds(2);
                options.TableRefreshTimeout = TimeSpan.FromSeconds(2);
                options.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(2);
            });
        });
        builder.ConfigureSiloHost((specific, host) =>
        {
            string name = specific.SiloName;
            var settings = new SiloSettings { Name = name, Data = work.Combine(name), FlatBelow = 0, HttpPort = 0, SiloPort = 0, GatewayPort = 0 };
            host.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["Partition:FreezeDocuments"] = "200",
                ["Replicas:ExchangePeriod"] = "00:00:00.3",
                ["Replicas:KeepMoved"] = "00:00:01",
                ["ScanPool:ThreadCount"] = "1",
                ["Jobs:LookPeriod"] = "00:00:00.5",
                ["Jobs:WatchPeriod"] = "00:00:00.5",
            });
            host.Services.AddSingleton(settings);
            ServiceSetup.Configure(host.Services, settings, memoryOf?.Invoke(name) ?? 256L << 20);
            host.Services.AddSingleton(blobs);
            host.Services.AddSingleton<ILocalFiles>(_ => new LocalCopies(blobs));
            more?.Invoke(host.Services);
        });
        InProcessTestCluster cluster = builder.Build();
        await cluster.DeployAsync();
        var started = new SiloCluster(cluster, blobs, work);
        await started.EventuallyAsync("every silo is ready", () => started.Silos.All(silo => Of<IReplicaReadiness>(silo).IsReady));
        return started;
    }

    /// <summary>A part of a silo.</summary>
    public static T Of<T>(InProcessSiloHandle silo)
        where T : notnull => silo.ServiceProvider.GetRequiredService<T>();

    /// <summary>Stable name of a silo.</summary>
    public static string NameOf(InProcessSiloHandle silo) => Of<SiloMap>(silo).LocalName;

    /// <summary>The silo of a name.</summary>
    public InProcessSiloHandle SiloOf(string name) => Silos.Single(silo => NameOf(silo) == name);

    /// <summary>Waits until something holds.</summary>
    public async Task EventuallyAsync(string what, Func<bool> holds) => await EventuallyAsync(what, () => Task.FromResult(holds()));

    /// <summary>Waits until something holds.</summary>
    public async Task EventuallyAsync(string what, Func<Task<bool>> holds)
    {
        long began = Stopwatch.GetTimestamp();
        while (!await holds())
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < Patience, $"not within {Patience}: {what}; {Describe()}");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Creates a collection of vectors of 8 dimensions.</summary>
    public async Task<CollectionSnapshot> CreateAsync(string name, int partitions = 4, int replicas = 2, int streams = 2)
    {
        var wire = new WireSchema([new WireRepresentation("default", "dense", 8, "l2", "fp32", "auto", "self")], [], partitions, streams, replicas);
        await _cluster.Client.GetGrain<ICollectionGrain>(name).CreateAsync(wire, TestContext.Current.CancellationToken);
        return await Of<CollectionDirectory>(Silos[0]).GetAsync(name, TestContext.Current.CancellationToken);
    }

    /// <summary>Drops a collection.</summary>
    public Task DropAsync(string name) => _cluster.Client.GetGrain<ICollectionGrain>(name).DropAsync(TestContext.Current.CancellationToken);

    /// <summary>Freezes and compacts a collection.</summary>
    public Task CompactAsync(string name) => _cluster.Client.GetGrain<ICollectionGrain>(name).CompactAsync(TestContext.Current.CancellationToken);

    /// <summary>Writes documents through a silo, as its HTTP API does, again where it is refused for a while.</summary>
    /// <returns>The token: per stream the sequence that covers the write.</returns>
    public async Task<long[]> WriteAsync(InProcessSiloHandle via, CollectionSnapshot collection, string batchId, IEnumerable<(string Id, float[]? Vector)> rows)
    {
        int streams = collection.Head.Schema.StreamCount;
        var builders = new LogBatchBuilder?[streams];
        foreach ((string id, float[]? vector) in rows)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(id);
            ulong hash = XxIdHash.Instance.Hash(bytes);
            LogBatchBuilder builder = builders[HashRange.Of(hash, streams)] ??= new LogBatchBuilder(1, batchId);
            if (vector is null)
            {
                builder.AddDelete(bytes, hash);
            }
            else
            {
                builder.AddUpsert(bytes, hash, vector, []);
            }
        }

        var token = new long[streams];
        for (int stream = 0; stream < streams; stream++)
        {
            if (builders[stream] is { } builder)
            {
                token[stream] = await WriteAsync(via, collection, new StreamKey(collection.Head.Incarnation, stream), builder.Build());
            }
        }

        return token;
    }

    /// <summary>Asks through a silo, as its HTTP API does.</summary>
    public async Task<QueryAnswer> QueryAsync(
        InProcessSiloHandle via, CollectionSnapshot collection, float[] vector, int k, long[]? token = null, Consistency consistency = Consistency.Session)
    {
        var spec = new QuerySpec { Vector = vector, K = k, MinSequences = token is null ? [] : [.. token], Consistency = consistency, Budget = QueryBudget };
        PackedBytes answer = await Of<IGrainFactory>(via).GetGrain<ISearchCoordinatorGrain>(0).QueryAsync(
            collection.Head.Name, new PackedBytes(QuerySpec.Encode([spec])), TestContext.Current.CancellationToken);
        return QueryAnswerFormat.Decode(answer.Bytes)[0];
    }

    /// <summary>Asks one silo alone for one partition, as a coordinator does.</summary>
    /// <returns>Ids of the documents, and whether the silo answered for the partition.</returns>
    public static async Task<(PartitionAnswer Answer, string[] Ids)> SearchHereAsync(
        InProcessSiloHandle silo, CollectionSnapshot collection, int partition, long[]? token = null, Consistency consistency = Consistency.Session)
    {
        PartitionHost host = Of<PartitionHost>(silo);
        var search = new SearchRequest
        {
            Incarnation = collection.Head.Incarnation,
            Generation = collection.Generation.Generation,
            Partitions = [partition],
            Representation = 0,
            Vector = new float[8],
            K = 5_000,
            Nprobe = 10_000,
            Shortlist = 0,
            Consistency = consistency,
            MinSequences = token ?? [],
            Budget = QueryBudget,
        };
        SearchReply found = SearchReply.Decode(await host.SearchAsync(search.Encode(), TestContext.Current.CancellationToken));
        if (found.Candidates.Length == 0)
        {
            return (found.Answers[0], []);
        }

        var verify = new VerifyRequest { Ticket = found.Ticket, K = 5_000, IncludePayload = false, Candidates = found.Candidates, Budget = QueryBudget };
        VerifyReply hits = VerifyReply.Decode(await host.VerifyAsync(verify.Encode(), TestContext.Current.CancellationToken));
        return (found.Answers[0], [.. hits.Hits.Select(hit => Encoding.UTF8.GetString(hit.Id.Span)).Order(StringComparer.Ordinal)]);
    }

    /// <summary>The copy of a partition that a silo holds; null when it holds none that is loaded.</summary>
    public static Partition? CopyOf(InProcessSiloHandle silo, CollectionSnapshot collection, int partition) =>
        Of<PartitionKeeper>(silo).Find(collection.KeyOf(partition))?.Loaded;

    /// <summary>Names of the silos that hold a loaded copy of a partition, in order.</summary>
    public string[] HoldersOf(CollectionSnapshot collection, int partition) =>
        [.. Silos.Where(silo => CopyOf(silo, collection, partition) is not null).Select(NameOf).Order(StringComparer.Ordinal)];

    /// <summary>Names of the silos that should hold a partition, in order, as a silo sees it.</summary>
    public static string[] OwnersOf(InProcessSiloHandle seenBy, CollectionSnapshot collection, int partition) =>
        [.. Of<SiloMap>(seenBy).OwnersOf(collection.KeyOf(partition), collection.Head.Schema.ReplicaCount)];

    /// <summary>Waits until every partition is loaded on its owners and nowhere else, in everybody's view.</summary>
    public Task SettleAsync(CollectionSnapshot collection) => EventuallyAsync(
        "every partition is on its owners and nowhere else",
        () => Enumerable.Range(0, collection.Generation.PartitionCount).All(partition =>
            Silos.All(silo => OwnersOf(silo, collection, partition).Order(StringComparer.Ordinal).SequenceEqual(HoldersOf(collection, partition)))));

    /// <summary>Takes a silo out as SIGTERM does: it hands over, then it stops.</summary>
    public async Task DrainAsync(InProcessSiloHandle silo)
    {
        await Of<IReplicaHandover>(silo).HandOverAsync(TestContext.Current.CancellationToken);
        await _cluster.StopSiloAsync(silo);
    }

    /// <summary>Takes a silo out without a word.</summary>
    public Task KillAsync(InProcessSiloHandle silo) => _cluster.KillSiloAsync(silo);

    /// <summary>Starts one more silo.</summary>
    public Task<InProcessSiloHandle> AddAsync() => _cluster.StartAdditionalSiloAsync();

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        _work.Dispose();
    }

    private async Task<long> WriteAsync(InProcessSiloHandle via, CollectionSnapshot collection, StreamKey stream, byte[] batch)
    {
        long began = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                IStreamWriterGrain writer = Of<IGrainFactory>(via).GetGrain<IStreamWriterGrain>(stream.ToString());
                return (await writer.WriteAsync(collection.Head.Name, new PackedBytes(batch), TestContext.Current.CancellationToken)).Sequence;
            }
            catch (Exception error) when (IsRetryable(error) && Stopwatch.GetElapsedTime(began) < Patience)
            {
                await Task.Delay(100, TestContext.Current.CancellationToken);
            }
        }
    }

    private static bool IsRetryable(Exception error) => error is not OperationCanceledException
        && FaultTranslation.FromFault(error).Code is ErrorCode.Fenced or ErrorCode.Unavailable or ErrorCode.Overloaded or ErrorCode.DeadlineExceeded;

    private string Describe() => string.Join("; ", Silos.Select(silo =>
        $"{NameOf(silo)} (ready: {Of<IReplicaReadiness>(silo).Reason ?? "yes"}) holds "
        + string.Join(", ", Of<PartitionKeeper>(silo).Kept.Select(kept => $"{kept.Key.Partition}{(kept.Loaded is null ? "?" : string.Empty)}"))));
}
