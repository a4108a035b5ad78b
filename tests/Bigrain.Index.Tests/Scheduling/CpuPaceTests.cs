using Bigrain.Index.Scheduling;
using Bigrain.TestKit.Time;
using Xunit;

namespace Bigrain.Index.Tests.Scheduling;

public sealed class CpuPaceTests
{
    private readonly InstantTime _time = new();
    private TimeSpan _used;

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.1)]
    [InlineData(1.0)]
    public void A_thread_stays_under_its_share_of_a_core(double share)
    {
        CpuPace pace = Make(share);
        DateTimeOffset start = _time.GetUtcNow();
        pace.Step();
        for (int piece = 0; piece < 500; piece++)
        {
            Work(TimeSpan.FromMilliseconds(1 + (piece % 30)));
            pace.Step();
            double taken = _used / (_time.GetUtcNow() - start);
            Assert.True(taken <= share + 0.02 || _used < TimeSpan.FromMilliseconds(100), $"{taken} of a core after {piece} pieces");
        }

        Assert.InRange(_used / (_time.GetUtcNow() - start), share * 0.95, share * 1.01);
    }

    [Fact]
    public void A_thread_that_waits_for_something_else_needs_no_pause()
    {
        CpuPace pace = Make(0.5);
        pace.Step();
        _time.Advance(TimeSpan.FromSeconds(10));
        Work(TimeSpan.FromSeconds(3));
        DateTimeOffset before = _time.GetUtcNow();
        pace.Step();
        Assert.Equal(before, _time.GetUtcNow());
    }

    [Fact]
    public void Work_that_goes_on_on_another_thread_does_not_pause_for_what_that_one_had_used_before()
    {
        CpuPace pace = Make(0.1);
        pace.Step();
        DateTimeOffset before = default, after = default;
        var other = new Thread(() =>
        {
            // This thread's clock stands an hour ahead of the first one's.
            _used += TimeSpan.FromHours(1);
            before = _time.GetUtcNow();
            pace.Step();
            after = _time.GetUtcNow();
        });
        other.Start();
        other.Join();
        Assert.Equal(before, after);
    }

    private CpuPace Make(double share) => new(_time, share, () => _used, _time.Advance);

    private void Work(TimeSpan length)
    {
        _used += length;
        _time.Advance(length);
    }
}
