using Bigrain.Api;
using Bigrain.Api.Queries;
using Bigrain.Api.Serialization;
using Bigrain.Grains.Recall;
using Bigrain.Index.Schema;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using ApiRecallRequest = Bigrain.Api.Queries.RecallRequest;
using RecallRequest = Bigrain.Grains.Recall.RecallRequest;

namespace Bigrain.Silo.Http;

/// <summary>Measures recall on live data.</summary>
internal static class RecallEndpoints
{
    /// <summary>Maps the route.</summary>
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/v1/collections/{collection}/recall", MeasureAsync).WithTags("queries")
            .WithSummary("Compares searches with an exact search over every vector; takes minutes on large collections.")
            .Accepts<ApiRecallRequest>(ApiMediaTypes.Json).Produces<RecallReply>();

    private static async Task MeasureAsync(string collection, HttpContext context, RecallMeasurement measurement)
    {
        Names.Validate(collection, "collection");
        ApiRecallRequest request = await ApiReplies.ReadAsync<ApiRecallRequest>(context);
        RecallReport report = await measurement.RunAsync(
            collection,
            new RecallRequest(request.Sample, request.K, request.Seed) { Vectors = request.Vectors ?? [] },
            context.RequestAborted);
        var reply = new RecallReply
        {
            Recall = report.Recall,
            LowestRecall = report.LowestRecall,
            Queries = report.QueryCount,
            K = report.K,
            Documents = report.DocumentCount,
            Generation = report.Generation,
            ExactMilliseconds = report.ExactTime.TotalMilliseconds,
            SearchMilliseconds = report.SearchTime.TotalMilliseconds,
        };
        await ApiReplies.WriteAsync(context, StatusCodes.Status200OK, reply, ApiJson.Default.RecallReply);
    }
}
