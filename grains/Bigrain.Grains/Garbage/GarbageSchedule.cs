using Bigrain.Grains.Rounds;
using Bigrain.Index.Garbage;
using Microsoft.Extensions.Logging;

namespace Bigrain.Grains.Garbage;

/// <summary>Has garbage collected once in each period by whichever silo comes first: the job's id follows from the period.</summary>
internal sealed partial class GarbageSchedule(GarbageStarter starter, GarbageOptions options, TimeProvider time, ILogger<GarbageSchedule> logger)
    : SiloRounds(time)
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    private long _started = -1;

    /// <inheritdoc/>
    protected override TimeSpan Period => options.Period / 4 < LongestPause ? options.Period / 4 : LongestPause;

    /// <inheritdoc/>
    protected override bool OnStarting()
    {
        if (options.Period <= TimeSpan.Zero)
        {
            return false;
        }

        // The period in which a cluster starts is not for collecting.
        _started = PeriodOf(Time.GetUtcNow());
        return true;
    }

    /// <inheritdoc/>
    protected override void OnFailed(Exception error) => LogNotStarted(logger, error);

    /// <inheritdoc/>
    protected override async Task RoundAsync(CancellationToken cancellationToken)
    {
        long period = PeriodOf(Time.GetUtcNow());
        if (period == _started)
        {
            return;
        }

        await starter.StartAsync(
            new GarbageRequest(Delete: true), FormattableString.Invariant($"gc-{(long)options.Period.TotalSeconds}-{period}"), cancellationToken);
        _started = period;
    }

    private long PeriodOf(DateTimeOffset now) => now.UtcTicks / options.Period.Ticks;
}
