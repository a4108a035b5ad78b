using Bigrain.Index.Randomness;
using Bigrain.Silo.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Bigrain.Silo.Membership;

/// <summary>Looks at the membership table beside Orleans, which does not notice that its rows were lost, and ends the process when they were.</summary>
/// <remarks>See <see cref="MembershipWatch"/> for what counts as lost. Safety does not hang on this: epochs and conditional writes keep the log whole under two clusters as well.</remarks>
internal sealed partial class MembershipWatchdog(
    MembershipReader reader,
    MembershipState state,
    ClusterInstruments instruments,
    IHostApplicationLifetime lifetime,
    IOptions<MembershipWatchOptions> options,
    TimeProvider time,
    IRandomSource random,
    ILogger<MembershipWatchdog> logger) : BackgroundService
{
    private const double RandomUnit = 1.0 / (1UL << 53);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Rows come and go while the silo joins and leaves: only what lies between is watched.
        using var serving = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, lifetime.ApplicationStopping);
        try
        {
            await WhenStartedAsync(serving.Token);
            await WatchAsync(new MembershipWatch(time, ExitDelay()), serving.Token);
        }
        catch (OperationCanceledException) when (serving.IsCancellationRequested)
        {
            // The silo stops.
        }
    }

    private async Task WatchAsync(MembershipWatch watch, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(options.Value.Interval, time);
        do
        {
            await LookAsync(watch, cancellationToken);
            if (watch.IsExitDue)
            {
                LogExiting(logger, watch.LostReason!);
                state.Exit();
                lifetime.StopApplication();
                return;
            }
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    private async Task LookAsync(MembershipWatch watch, CancellationToken cancellationToken)
    {
        (int Version, bool HasOwnRow) table;
        try
        {
            table = await reader.ReadAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
#pragma warning disable CA1031 // whatever keeps the table from being read, it only counts
        catch (Exception error)
#pragma warning restore CA1031
        {
            instruments.AddReadFailure();
            if (watch.SawFailure())
            {
                LogUnreadable(logger, error.GetType().Name);
            }

            return;
        }

        int failed = watch.FailedReads;
        if (watch.SawTable(table.Version, table.HasOwnRow))
        {
            state.Lose(watch.LostReason!);
            LogLost(logger, watch.LostReason!);
        }
        else if (failed > 0)
        {
            LogReadable(logger, failed);
        }
    }

    private TimeSpan ExitDelay()
    {
        MembershipWatchOptions settings = options.Value;
        return settings.ExitAfter * (1 + (settings.ExitJitter * (random.NextUInt64() >> 11) * RandomUnit));
    }

    private async Task WhenStartedAsync(CancellationToken cancellationToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration registration = lifetime.ApplicationStarted.Register(() => started.TrySetResult());
        await started.Task.WaitAsync(cancellationToken);
    }
}
