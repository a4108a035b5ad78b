using System.Diagnostics.Metrics;
using Bigrain.Grains.Collections;
using Bigrain.Grains.Faults;
using Bigrain.Grains.Garbage;
using Bigrain.Grains.Jobs;
using Bigrain.Grains.Partitions;
using Bigrain.Grains.Placement;
using Bigrain.Grains.Recall;
using Bigrain.Grains.Reindexing;
using Bigrain.Grains.Replicas;
using Bigrain.Grains.Search;
using Bigrain.Grains.Streams;
using Bigrain.Index.Backups;
using Bigrain.Index.Blobs;
using Bigrain.Index.Catalog;
using Bigrain.Index.Garbage;
using Bigrain.Index.Jobs;
using Bigrain.Index.Log;
using Bigrain.Index.Partitions;
using Bigrain.Index.Queries;
using Bigrain.Index.Randomness;
using Bigrain.Index.Reindexing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Bigrain.Grains.Hosting;

/// <summary>Registers what the grains need beside the index and its store.</summary>
public static class GrainServices
{
    /// <summary>Adds placement, fault translation and the background keeper of partitions.</summary>
    /// <remarks>Expects the catalog, the partition host, writer options, budget, clock and store to be registered.</remarks>
    public static IServiceCollection AddBigrainGrains(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddPlacementDirector<RendezvousPlacement, RendezvousPlacementDirector>();
        services.AddPlacementDirector<SiloNamePlacement, SiloNamePlacementDirector>();
        services.AddSingleton<IIncomingGrainCallFilter, FaultCallFilter>();
        services.AddSingleton<IValidateOptions<KeeperOptions>, KeeperOptionsValidator>();
        services.AddSingleton<CollectionDirectory>();
        services.AddSingleton<AliasDirectory>();
        services.AddSingleton<SiloMap>();
        services.AddSingleton<PlacedGrains>();
        services.AddSingleton<ReplicaView>();
        services.AddSingleton<QueryTargets>();
        services.AddSingleton<QueryPlanner>();
        services.AddSingleton<RunningQueries>();
        services.AddSingleton<IValidateOptions<QueryOptions>, QueryOptionsValidator>();
        services.AddSingleton(provider => QueryParts.Create(
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<IOptions<QueryOptions>>().Value,
            new QueryInstruments(provider.GetService<IMeterFactory>())));
        services.AddSingleton(provider => new QueryCoordinator(provider.GetRequiredService<QueryParts>()));
        services.AddSingleton<IValidateOptions<ReplicaOptions>, ReplicaOptionsValidator>();
        services.AddSingleton<ReplicaInstruments>();
        services.AddSingleton<ReplicaSupervisor>();
        services.AddSingleton<PartitionBuilds>();
        services.AddSingleton(provider => new RecallMeasurement(
            provider.GetRequiredService<IGrainFactory>(),
            provider.GetRequiredService<CollectionDirectory>(),
            provider.GetRequiredService<SiloMap>(),
            provider.GetRequiredService<QueryPlanner>(),
            provider.GetRequiredService<QueryCoordinator>(),
            provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IReplicaReadiness>(provider => provider.GetRequiredService<ReplicaSupervisor>());
        services.AddSingleton<IReplicaHandover>(provider => provider.GetRequiredService<ReplicaSupervisor>());
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(provider => provider.GetRequiredService<ReplicaSupervisor>());
        AddJobs(services);
        AddGarbageCollection(services);
        AddReindexing(services);
        services.AddSingleton(provider => new PartitionKeeper(
            provider.GetRequiredService<PartitionHost>(),
            provider.GetRequiredService<CollectionDirectory>(),
            provider.GetRequiredService<SiloMap>(),
            provider.GetRequiredService<IOptions<KeeperOptions>>().Value,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<PartitionKeeper>>()));
        return services;
    }

    private static void AddReindexing(IServiceCollection services)
    {
        services.AddSingleton<IReindexCluster, GrainReindexCluster>();
        services.AddSingleton(provider => new ReindexKind(new ReindexParts
        {
            Catalog = provider.GetRequiredService<CollectionCatalog>(),
            Services = provider.GetRequiredService<PartitionServices>(),
            Cluster = provider.GetRequiredService<IReindexCluster>(),
            FailPoints = provider.GetRequiredService<IFailPoints>(),
        }));
        services.AddSingleton<IJobKind>(provider => provider.GetRequiredService<ReindexKind>());
        services.AddSingleton<IPinSource, ReindexPins>();
        services.AddSingleton<CodecWishes>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(provider => provider.GetRequiredService<CodecWishes>());
    }

    private static void AddJobs(IServiceCollection services)
    {
        services.AddSingleton<IValidateOptions<JobOptions>, JobOptionsValidator>();
        services.TryAddSingleton<IFailPoints>(FailPoints.Off);
        services.AddSingleton<ICollectionLives, CollectionLives>();
        services.AddSingleton<JobStore>();
        services.AddSingleton(provider => new JobInstruments(provider.GetService<IMeterFactory>()));
        services.AddSingleton<JobInputs>();
        services.AddSingleton<IJobKind, CompactJob>();
        services.AddSingleton<BackupCatalog>();
        services.AddSingleton<IJobKind, BackupJob>();
        services.AddSingleton<IJobKind, RestoreJob>();
        services.AddSingleton<IPinSource, BackupPins>();
        services.AddSingleton<IJobKind, WarmJob>();
        services.AddSingleton<IJobKind, DeleteIdsJob>();
        services.AddSingleton(provider => new JobServices
        {
            Store = provider.GetRequiredService<JobStore>(),
            Kinds = provider.GetServices<IJobKind>().ToDictionary(kind => kind.Name, StringComparer.Ordinal),
            Options = provider.GetRequiredService<IOptions<JobOptions>>().Value,
            Time = provider.GetRequiredService<TimeProvider>(),
            Random = provider.GetRequiredService<IRandomSource>(),
            Instruments = provider.GetRequiredService<JobInstruments>(),
            Loggers = provider.GetRequiredService<ILoggerFactory>(),
            FailPoints = provider.GetRequiredService<IFailPoints>(),
            Translate = static error => JobFaults.Translate(error) ?? FaultTranslation.FromFault(error),
        });
        services.AddSingleton<JobStarter>();
        services.AddSingleton<JobSupervisor>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(provider => provider.GetRequiredService<JobSupervisor>());
    }

    private static void AddGarbageCollection(IServiceCollection services)
    {
        services.AddSingleton<IValidateOptions<GarbageOptions>, GarbageOptionsValidator>();
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<GarbageOptions>>().Value);
        services.AddSingleton<ILogOwner, GrainLogOwner>();
        services.AddSingleton(provider => new GarbageInstruments(provider.GetService<IMeterFactory>()));
        services.AddSingleton(provider => new GarbageCollector(new GarbageServices
        {
            Store = provider.GetRequiredService<IBlobStore>(),
            Catalog = provider.GetRequiredService<CollectionCatalog>(),
            Pins = [.. provider.GetServices<IPinSource>()],
            Logs = provider.GetRequiredService<ILogOwner>(),
            Options = provider.GetRequiredService<GarbageOptions>(),
            DedupeWindow = provider.GetRequiredService<LogWriterOptions>().DedupeWindow,
            KeepJobs = provider.GetRequiredService<IOptions<JobOptions>>().Value.KeepEnded,
            Time = provider.GetRequiredService<TimeProvider>(),
            Loggers = provider.GetRequiredService<ILoggerFactory>(),
        }));
        services.AddSingleton<IJobKind, GarbageJob>();
        services.AddSingleton<GarbageStarter>();
        services.AddSingleton<GarbageSchedule>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(provider => provider.GetRequiredService<GarbageSchedule>());
    }
}
