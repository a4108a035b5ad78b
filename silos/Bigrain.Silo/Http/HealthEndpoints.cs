using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Bigrain.Silo.Http;

/// <summary>The probes of an orchestrator: plain text, 200 or 503 with the reason.</summary>
internal static class HealthEndpoints
{
    /// <summary>Maps the probes.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder health = routes.MapGroup("/health").WithTags("health");
        health.MapGet("/live", () => TypedResults.Text("live")).WithSummary("The process answers.");
        health.MapGet("/startup", (ReadinessState state) => Answer("started", state.NotStarted)).WithSummary("The silo has joined and serves.");
        health.MapGet("/ready", (ReadinessState state) => Answer("ready", state.NotReady))
            .WithSummary("It may be sent requests: joined, not stopping, and what it should own can be queried.");
    }

    private static ContentHttpResult Answer(string word, string? reason) => reason is null
        ? TypedResults.Text(word)
        : TypedResults.Text($"not {word}: {reason}", statusCode: StatusCodes.Status503ServiceUnavailable);
}
