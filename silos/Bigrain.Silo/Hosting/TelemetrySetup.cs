using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using OpenTelemetry.Metrics;

namespace Bigrain.Silo.Hosting;

/// <summary>Logs and metrics of the process.</summary>
internal static class TelemetrySetup
{
    // Each instrument sets aside room for so many combinations of tags, of which even the richest one here has dozens; what goes beyond
    // is counted under otel_metric_overflow="true".
    private const int TagCombinations = 256;

    /// <summary>Logs to the error stream only: the output stream belongs to the command that runs the silo.</summary>
    /// <param name="logging">Where to set it up.</param>
    /// <param name="isQuiet">Whether state changes go unlogged.</param>
    public static void ConfigureLogging(ILoggingBuilder logging, bool isQuiet)
    {
        logging.ClearProviders();
        logging.SetMinimumLevel(LogLevel.Warning);
        logging.AddFilter("Bigrain", isQuiet ? LogLevel.Warning : LogLevel.Information);

        // Says of each refused request that it was refused.
        logging.AddFilter("Bigrain.Silo.Access", LogLevel.Warning);

        // Orleans retries a placement that finds no silo, twice in the log each time, and then reports the failure itself.
        logging.AddFilter("Polly", LogLevel.Error);

        // Reports the machine's uptime as a delay once at each start.
        logging.AddFilter("Orleans.Runtime.Watchdog", LogLevel.Error);

        // Advises ServerGC, which would take a heap per core from a laptop.
        logging.AddFilter("Orleans.Runtime.Silo", LogLevel.Error);
        logging.AddSimpleConsole(options =>
        {
            options.SingleLine = true;
            options.TimestampFormat = "HH:mm:ss.fff ";
            options.ColorBehavior = LoggerColorBehavior.Default;
        });
        logging.Services.Configure<ConsoleLoggerOptions>(options => options.LogToStandardErrorThreshold = LogLevel.Trace);
    }

    /// <summary>Collects the metrics of Bigrain, Orleans, Kestrel and the runtime for <c>/metrics</c>.</summary>
    public static void ConfigureMetrics(IServiceCollection services) =>
        services.AddOpenTelemetry().WithMetrics(metrics => metrics
            .AddMeter("Bigrain.*", "Microsoft.Orleans", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime")
            .AddView("*", new MetricStreamConfiguration { CardinalityLimit = TagCombinations })
            .AddPrometheusExporter());
}
