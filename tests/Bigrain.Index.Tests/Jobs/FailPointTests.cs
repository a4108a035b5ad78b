using Bigrain.Index.Errors;
using Bigrain.Index.Jobs;
using Xunit;

namespace Bigrain.Index.Tests.Jobs;

public sealed class FailPointTests
{
    [Theory]
    [InlineData("reindex.building", 1)]
    [InlineData("reindex.building:3", 3)]
    public void The_nth_hit_of_the_named_point_is_the_end(string setting, int hits)
    {
        int deaths = 0;
        var points = new FailPoints(setting, () => deaths++);
        for (int hit = 1; hit < hits; hit++)
        {
            points.Hit("reindex.building");
            points.Hit("reindex.verifying");
        }

        Assert.Equal(0, deaths);
        points.Hit("reindex.building");
        Assert.Equal(1, deaths);
        points.Hit("reindex.building");
        Assert.Equal(1, deaths);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void Without_a_setting_nothing_ends(string? setting)
    {
        var points = new FailPoints(setting, () => throw new InvalidOperationException("it must live"));
        points.Hit("");
        points.Hit("reindex.building");
        Assert.Null(points.Name);
    }

    [Theory]
    [InlineData("a:0")]
    [InlineData("a:x")]
    public void A_setting_that_makes_no_sense_is_refused(string setting) =>
        Assert.Equal(ErrorCode.InvalidArgument, Assert.Throws<BigrainException>(() => new FailPoints(setting)).Code);
}
