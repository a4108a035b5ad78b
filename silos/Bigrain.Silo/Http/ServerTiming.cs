using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Bigrain.Silo.Http;

/// <summary>Tells on every reply how long the request has been in the server, as <c>Server-Timing: total;dur=1.2</c> (milliseconds).</summary>
internal sealed class ServerTiming(RequestDelegate next, TimeProvider time)
{
    private static readonly object ArrivalKey = new();

    /// <summary>Time since a request arrived.</summary>
    public static TimeSpan Elapsed(HttpContext context, TimeProvider time) =>
        context.Items.TryGetValue(ArrivalKey, out object? arrived) ? time.GetElapsedTime((long)arrived!) : TimeSpan.Zero;

    /// <summary>Runs the rest of the pipeline.</summary>
    public Task InvokeAsync(HttpContext context)
    {
        context.Items[ArrivalKey] = time.GetTimestamp();
        context.Response.OnStarting(
            static state =>
            {
                (HttpContext context, TimeProvider time) = ((HttpContext, TimeProvider))state;
                context.Response.Headers["Server-Timing"] = string.Create(
                    CultureInfo.InvariantCulture, $"total;dur={Elapsed(context, time).TotalMilliseconds:0.###}");
                return Task.CompletedTask;
            },
            (context, time));
        return next(context);
    }
}
