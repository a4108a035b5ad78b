using System.Net;
using Bigrain.Api.Serialization;
using Bigrain.Index.Schema;
using Bigrain.Silo.Jobs;
using Bigrain.Silo.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Bigrain.Silo.Http;

/// <summary>The HTTP face: listener, pipeline, routes.</summary>
internal static class HttpSetup
{
    /// <summary>Registers what the handlers need.</summary>
    public static void ConfigureServices(IServiceCollection services)
    {
        services.AddOpenApi("v1");
        services.ConfigureHttpJsonOptions(options => options.SerializerOptions.TypeInfoResolverChain.Insert(0, ApiJson.Default));
        services.AddSingleton<ReadinessState>();
        services.AddSingleton<CollectionOverview>();
        services.AddSingleton<DocumentWriter>();
        services.AddSingleton<DocumentFetcher>();
        services.AddSingleton<DocumentStream>();
        services.AddSingleton<JobRegistry>();
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
        application.UseMiddleware<ProblemMiddleware>();
        application.UseStatusCodePages(pages => ProblemResponses.WriteBareStatusAsync(pages.HttpContext));
        application.MapOpenApi("/openapi/{documentName}.json");
        application.MapPrometheusScrapingEndpoint("/metrics");
        HealthEndpoints.Map(application);
        ClusterEndpoints.Map(application);
        CollectionEndpoints.Map(application);
        DocumentEndpoints.Map(application);
        QueryEndpoints.Map(application);
        JobEndpoints.Map(application);
    }
}
