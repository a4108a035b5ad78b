using System.Text.Json;
using System.Text.Json.Serialization;
using Bigrain.Index.Garbage;
using Bigrain.Index.Jobs;

namespace Bigrain.Grains.Garbage;

/// <summary>One pass of garbage collection over the whole store.</summary>
internal sealed partial class GarbageJob(GarbageCollector collector, GarbageInstruments instruments) : IJobKind
{
    /// <summary>Name of the kind.</summary>
    public const string KindName = "gc";

    private const string Stage = "collecting";

    /// <inheritdoc/>
    public string Name => KindName;

    /// <summary>The body of a job.</summary>
    public static JsonElement BodyOf(GarbageRequest request) =>
        JsonSerializer.SerializeToElement(new Order(request.Delete, request.Grace?.TotalSeconds), GarbageJson.Default.Order);

    /// <inheritdoc/>
    public async Task RunAsync(JobContext job, CancellationToken cancellationToken)
    {
        Order order = job.ReadBody(GarbageJson.Default.Order);
        await job.SaveAsync(Stage, 0, 0, cancellationToken);
        TimeSpan? grace = order.GraceSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
        GarbageReport report = await collector.RunAsync(new GarbageRequest(order.Delete, grace), cancellationToken);
        instruments.Collected(report);
        job.SetResult(report, GarbageJson.Default.GarbageReport);
    }

    /// <summary>What a job is to do.</summary>
    internal sealed record Order(bool Delete, double? GraceSeconds);

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, Converters = [typeof(KindConverter)])]
    [JsonSerializable(typeof(Order))]
    [JsonSerializable(typeof(GarbageReport))]
    private sealed partial class GarbageJson : JsonSerializerContext;

    private sealed class KindConverter() : JsonStringEnumConverter<GarbageKind>(JsonNamingPolicy.CamelCase, allowIntegerValues: false);
}
