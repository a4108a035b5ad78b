using Bigrain.Grains.Hosting;
using Bigrain.Grains.Partitions;
using Bigrain.Grains.Replicas;
using Bigrain.Index.Blobs;
using Bigrain.Index.Catalog;
using Bigrain.Index.Coarse;
using Bigrain.Index.Documents;
using Bigrain.Index.Garbage;
using Bigrain.Index.Jobs;
using Bigrain.Index.Log;
using Bigrain.Index.Memory;
using Bigrain.Index.Partitions;
using Bigrain.Index.Queries;
using Bigrain.Index.Randomness;
using Bigrain.Index.Scheduling;
using Bigrain.Index.Segments;
using Bigrain.Silo.Lifetime;
using Bigrain.Silo.Membership;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Bigrain.Silo.Hosting;

/// <summary>Composes storage, index and grains.</summary>
internal static class ServiceSetup
{
    /// <summary>Registers everything that is not HTTP or Orleans itself.</summary>
    public static void Configure(IServiceCollection services, SiloSettings settings, long memoryBytes)
    {
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<IRandomSource, SystemRandomSource>();
        services.AddSingleton<IIdHash>(XxIdHash.Instance);
        services.AddSingleton(new MemoryBudget(memoryBytes));
        ConfigureOptions(services, settings);
        StorageSetup.Configure(services, settings, memoryBytes);
        ConfigureIndex(services, settings);
        services.AddSingleton<IFailPoints>(new FailPoints(Environment.GetEnvironmentVariable(FailPoints.Variable)));
        services.AddSingleton<MembershipState>();
        services.AddHostedService<DrainService>();
        services.AddBigrainGrains();
    }

    private static void ConfigureOptions(IServiceCollection services, SiloSettings settings)
    {
        services.AddSingleton<IValidateOptions<ScanPoolOptions>, ScanPoolOptionsValidator>();
        services.AddSingleton<IValidateOptions<PartitionOptions>, PartitionOptionsValidator>();
        services.AddSingleton<IValidateOptions<LogWriterOptions>, LogWriterOptionsValidator>();
        services.AddOptions<LogWriterOptions>().BindConfiguration("LogWriter").ValidateOnStart();
        services.AddOptions<ScanPoolOptions>().BindConfiguration("ScanPool").ValidateOnStart();
        services.AddOptions<PartitionOptions>().BindConfiguration("Partition").ValidateOnStart();
        services.AddOptions<QueryOptions>().BindConfiguration("Query").ValidateOnStart();
        services.AddSingleton<IValidateOptions<DrainOptions>, DrainOptionsValidator>();
        services.AddOptions<DrainOptions>().BindConfiguration("Drain").ValidateOnStart();
        services.AddOptions<KeeperOptions>().BindConfiguration("Keeper").ValidateOnStart();
        services.AddOptions<ReplicaOptions>().BindConfiguration("Replicas").ValidateOnStart();
        services.AddOptions<JobOptions>().BindConfiguration("Jobs").ValidateOnStart();
        services.AddOptions<GarbageOptions>().BindConfiguration("Gc").ValidateOnStart()
            .PostConfigure(options => options.Period = settings.GcPeriod ?? options.Period);
        services.AddOptions<CoarseOptions>().BindConfiguration("Coarse").ValidateDataAnnotations().ValidateOnStart()
            .Configure(options => options.FlatBelow = settings.FlatBelow);
    }

    private static void ConfigureIndex(IServiceCollection services, SiloSettings settings)
    {
        services.AddSingleton<CollectionCatalog>();
        services.AddSingleton<AliasCatalog>();
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<LogWriterOptions>>().Value);
        services.AddSingleton<SegmentCache>();
        services.AddSingleton(provider => new ScanPool(provider.GetRequiredService<IOptions<ScanPoolOptions>>().Value));
        services.AddSingleton(provider => new WorkFolder(
            settings.Data, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<IRandomSource>()));
        services.AddSingleton(provider => new PartitionServices
        {
            Store = provider.GetRequiredService<IBlobStore>(),
            Segments = provider.GetRequiredService<SegmentCache>(),
            Budget = provider.GetRequiredService<MemoryBudget>(),
            Options = provider.GetRequiredService<IOptions<PartitionOptions>>().Value,
            Coarse = provider.GetRequiredService<IOptions<CoarseOptions>>().Value,
            WorkDirectory = provider.GetRequiredService<WorkFolder>().Path,
            IdHash = provider.GetRequiredService<IIdHash>(),
            Time = provider.GetRequiredService<TimeProvider>(),
            Random = provider.GetRequiredService<IRandomSource>(),
            Loggers = provider.GetRequiredService<ILoggerFactory>(),
        });
        services.AddSingleton<PartitionHost>();
    }
}
