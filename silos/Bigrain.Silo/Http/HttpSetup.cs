using System.Net;
using Bigrain.Api.Serialization;
using Bigrain.Index.Schema;
using Bigrain.Silo.Access;
using Bigrain.Silo.Admission;
using Bigrain.Silo.Hosting;
using Bigrain.Silo.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Bigrain.Silo.Http;

/// <summary>The HTTP face: listener, pipeline, routes.</summary>
internal static class HttpSetup
{
    /// <summary>Registers what the handlers need.</summary>
    public static void ConfigureServices(IServiceCollection services, ApiKeySet keys)
    {
        AccessSetup.ConfigureServices(services, keys);
        services.AddOpenApi("v1");
        services.ConfigureHttpJsonOptions(options => options.SerializerOptions.TypeInfoResolverChain.Insert(0, ApiJson.Default));
        services.AddSingleton<ReadinessState>();
        services.AddSingleton<CollectionOverview>();
        services.AddSingleton<DocumentWriter>();
        services.AddSingleton<DocumentFetcher>();
        services.AddSingleton<ReplicaReader>();
        services.AddSingleton<DocumentStream>();
        services.AddSingleton<DocumentLister>();
        services.AddSingleton<JobRequests>();
        services.AddSingleton<BulkDeletes>();
        services.AddSingleton<ReindexStart>();
        services.AddSingleton<BatchIds>();
        services.AddSingleton<IValidateOptions<AdmissionOptions>, AdmissionOptionsValidator>();
        services.AddOptions<AdmissionOptions>().BindConfiguration("Admission").ValidateOnStart();
        services.AddSingleton<IValidateOptions<WriteDeadlineOptions>, WriteDeadlineOptionsValidator>();
        services.AddOptions<WriteDeadlineOptions>().BindConfiguration("Write").ValidateOnStart();
        services.AddSingleton<AdmissionInstruments>();
        services.AddSingleton<AdmissionGate>();
    }

    /// <summary>Sets listener and limits.</summary>
    public static void ConfigureKestrel(KestrelServerOptions kestrel, IPAddress address, int port)
    {
        kestrel.AddServerHeader = false;

        // The limit itself is kept by the readers, which answer; this one cuts the connection.
        kestrel.Limits.MaxRequestBodySize = 2L * Limits.MaxBodyBytes;
        kestrel.Listen(address, port);
    }

    /// <summary>Maps the pipeline and every route.</summary>
    public static void Map(WebApplication application)
    {
        application.UseMiddleware<ServerTiming>();
        application.UseMiddleware<ProblemMiddleware>();
        application.UseAuthentication();
        application.UseMiddleware<AliasResolution>();
        application.UseAuthorization();
        application.UseMiddleware<AliasRefusal>();
        application.UseMiddleware<WriteGate>();
        application.UseStatusCodePages(pages => ProblemResponses.WriteBareStatusAsync(pages.HttpContext));
        application.UseMiddleware<AdmissionMiddleware>();
        HealthEndpoints.Map(application);

        // Everything but the probes needs a key where there are keys; routes that change something say so themselves.
        RouteGroupBuilder guarded = application.MapGroup("").Needs(AccessRole.Reader);
        guarded.MapOpenApi("/openapi/{documentName}.json");
        guarded.MapPrometheusScrapingEndpoint("/metrics");
        ClusterEndpoints.Map(guarded);
        CollectionEndpoints.Map(guarded);
        AliasEndpoints.Map(guarded);
        BackupEndpoints.Map(guarded);
        ReindexEndpoints.Map(guarded);
        DocumentEndpoints.Map(guarded);
        QueryEndpoints.Map(guarded);
        RecallEndpoints.Map(guarded);
        JobEndpoints.Map(guarded);
        GarbageEndpoints.Map(guarded);
        DashboardSetup.Map(application);
    }
}
