using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Bigrain.Silo.Http;

/// <summary>The probes of an orchestrator: plain text, 200 or 503.</summary>
internal static class HealthEndpoints
{
    /// <summary>Maps the probes.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder health = routes.MapGroup("/health").WithTags("health");
        health.MapGet("/live", () => TypedResults.Text("live")).WithSummary("The process answers.");
        health.MapGet("/startup", (ReadinessState state) => Answer(state.Started, "started")).WithSummary("The silo has joined and serves.");
        health.MapGet("/ready", (ReadinessState state) => Answer(state.Ready, "ready")).WithSummary("It may be sent requests.");
    }

    private static ContentHttpResult Answer(bool positive, string word) => positive
        ? TypedResults.Text(word)
        : TypedResults.Text("not " + word, statusCode: StatusCodes.Status503ServiceUnavailable);
}
