using Bigrain.Index.Partitions;
using Bigrain.TestKit.Time;
using Xunit;

namespace Bigrain.Index.Tests.Partitions;

public sealed class LogFreshnessTests
{
    private readonly InstantTime _time = new();
    private readonly LogFreshness _freshness;

    public LogFreshnessTests() => _freshness = new LogFreshness(2, _time);

    [Fact]
    public void Nothing_is_known_before_anything_was_heard_or_read() =>
        Assert.Equal(TimeSpan.MaxValue, _freshness.AgeOf(0));

    [Fact]
    public void A_heartbeat_that_brings_nothing_new_makes_its_stream_fresh_and_no_other()
    {
        Assert.False(_freshness.Heard(0, epoch: 1, lastSequence: 7, applied: 7));
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(TimeSpan.FromSeconds(1), _freshness.AgeOf(0));
        Assert.Equal(TimeSpan.MaxValue, _freshness.AgeOf(1));
    }

    [Fact]
    public void A_heartbeat_ahead_of_what_is_applied_asks_for_the_log_and_makes_nothing_fresh()
    {
        Assert.True(_freshness.Heard(0, epoch: 1, lastSequence: 8, applied: 7));

        Assert.Equal(TimeSpan.MaxValue, _freshness.AgeOf(0));
    }

    [Fact]
    public void What_was_announced_once_must_be_applied_even_if_a_later_heartbeat_says_less()
    {
        _freshness.Heard(0, epoch: 1, lastSequence: 9, applied: 7);

        Assert.True(_freshness.Heard(0, epoch: 1, lastSequence: 8, applied: 8));
        Assert.Equal(TimeSpan.MaxValue, _freshness.AgeOf(0));
    }

    [Fact]
    public void A_writer_of_an_older_epoch_is_not_believed()
    {
        _freshness.Heard(0, epoch: 2, lastSequence: 7, applied: 7);
        _time.Advance(TimeSpan.FromSeconds(5));

        Assert.False(_freshness.Heard(0, epoch: 1, lastSequence: 7, applied: 7));
        Assert.Equal(TimeSpan.FromSeconds(5), _freshness.AgeOf(0));
    }

    [Fact]
    public void Reading_to_the_end_counts_from_before_the_read_and_a_heartbeat_is_no_read()
    {
        long readAt = _time.GetTimestamp();
        _time.Advance(TimeSpan.FromSeconds(1));
        long asked = _time.GetTimestamp();
        _freshness.ReadToEnd(0, readAt);
        _freshness.Heard(0, epoch: 1, lastSequence: 0, applied: 0);

        Assert.False(_freshness.WasReadSince(0, asked));
        Assert.True(_freshness.WasReadSince(0, readAt - 1));
        Assert.Equal(TimeSpan.Zero, _freshness.AgeOf(0));
    }
}
