using Bigrain.Index.Garbage;
using Microsoft.Extensions.Logging;

namespace Bigrain.Grains.Garbage;

/// <summary>Has garbage collected once in each period by whichever silo comes first: the job's id follows from the period.</summary>
internal sealed partial class GarbageSchedule(GarbageStarter starter, GarbageOptions options, TimeProvider time, ILogger<GarbageSchedule> logger)
    : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    private readonly CancellationTokenSource _stopping = new();
    private Task _loop = Task.CompletedTask;
    private long _started = -1;

    /// <inheritdoc/>
    public void Participate(ISiloLifecycle observer) =>
        observer.Subscribe(nameof(GarbageSchedule), ServiceLifecycleStage.Active, StartAsync, StopAsync);

    /// <inheritdoc/>
    public void Dispose() => _stopping.Dispose();

    private Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.Period > TimeSpan.Zero)
        {
            // The period in which a cluster starts is not for collecting.
            _started = PeriodOf(time.GetUtcNow());
            _loop = Task.Run(LoopAsync, CancellationToken.None);
        }

        return Task.CompletedTask;
    }

    private async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private long PeriodOf(DateTimeOffset now) => now.UtcTicks / options.Period.Ticks;

    private async Task LoopAsync()
    {
        TimeSpan pause = options.Period / 4 < LongestPause ? options.Period / 4 : LongestPause;
        while (!_stopping.IsCancellationRequested)
        {
            await Task.Delay(pause, time, _stopping.Token);
            long period = PeriodOf(time.GetUtcNow());
            if (period == _started)
            {
                continue;
            }

            try
            {
                await starter.StartAsync(
                    new GarbageRequest(Delete: true), FormattableString.Invariant($"gc-{(long)options.Period.TotalSeconds}-{period}"), _stopping.Token);
                _started = period;
            }
#pragma warning disable CA1031 // background work: it is tried again a moment later
            catch (Exception error) when (!_stopping.IsCancellationRequested)
#pragma warning restore CA1031
            {
                LogNotStarted(logger, error);
            }
        }
    }
}
