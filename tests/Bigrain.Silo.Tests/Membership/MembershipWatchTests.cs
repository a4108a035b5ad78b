using Bigrain.Silo.Membership;

namespace Bigrain.Silo.Tests.Membership;

public sealed class MembershipWatchTests
{
    private readonly ManualTime _time = new();
    private readonly MembershipWatch _watch;

    public MembershipWatchTests() => _watch = new MembershipWatch(_time, TimeSpan.FromSeconds(30));

    [Fact]
    public void A_table_that_grows_and_keeps_the_own_row_is_whole()
    {
        foreach (int version in (int[])[3, 3, 4, 9])
        {
            Assert.False(_watch.SawTable(version, hasOwnRow: true));
        }

        Assert.Null(_watch.LostReason);
    }

    [Fact]
    public void An_emptied_table_is_a_loss()
    {
        _watch.SawTable(7, hasOwnRow: true);

        Assert.True(_watch.SawTable(0, hasOwnRow: false));
        Assert.Contains("from version 7 to 0", _watch.LostReason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_of_another_cluster_that_grew_past_ours_is_a_loss_by_the_missing_row()
    {
        _watch.SawTable(7, hasOwnRow: true);

        Assert.True(_watch.SawTable(12, hasOwnRow: false));
        Assert.Contains("no row of this silo", _watch.LostReason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_that_went_back_is_a_loss_even_with_the_own_row()
    {
        _watch.SawTable(7, hasOwnRow: true);

        Assert.True(_watch.SawTable(6, hasOwnRow: true));
    }

    [Fact]
    public void A_row_that_was_never_there_is_not_missed()
    {
        Assert.False(_watch.SawTable(1, hasOwnRow: false));
        Assert.False(_watch.SawTable(2, hasOwnRow: false));
        Assert.Null(_watch.LostReason);
    }

    [Fact]
    public void A_table_that_cannot_be_read_only_counts()
    {
        _watch.SawTable(7, hasOwnRow: true);
        Assert.True(_watch.SawFailure());
        for (int i = 0; i < 1_000; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(5));
            Assert.False(_watch.SawFailure());
        }

        Assert.Equal(1_001, _watch.FailedReads);
        Assert.Null(_watch.LostReason);
        Assert.False(_watch.IsExitDue);
        Assert.False(_watch.SawTable(7, hasOwnRow: true));
        Assert.Equal(0, _watch.FailedReads);
    }

    [Fact]
    public void A_loss_is_told_once_is_final_and_ends_the_process_after_its_time()
    {
        _watch.SawTable(7, hasOwnRow: true);
        Assert.True(_watch.SawTable(0, hasOwnRow: false));
        string? reason = _watch.LostReason;

        _time.Advance(TimeSpan.FromSeconds(29));
        Assert.False(_watch.SawTable(8, hasOwnRow: true));
        Assert.False(_watch.IsExitDue);

        _time.Advance(TimeSpan.FromSeconds(1));
        _watch.SawFailure();
        Assert.True(_watch.IsExitDue);
        Assert.Equal(reason, _watch.LostReason);
    }
}
