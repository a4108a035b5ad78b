namespace Bigrain.Cli.Tests.Tooling;

/// <summary>A clock whose timers end after a twenty-fifth of their time: minutes of patience are over within the test.</summary>
internal sealed class HurriedTime : TimeProvider
{
    private const int Factor = 25;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        base.CreateTimer(callback, state, Hurried(dueTime), Hurried(period));

    private static TimeSpan Hurried(TimeSpan time) => time > TimeSpan.Zero ? time / Factor : time;
}
