using Bigrain.Training.Data;

namespace Bigrain.Training.Tests.Data;

public sealed class JudgementsTests
{
    [Fact]
    public void Rows_come_back_ascending_and_without_repeats()
    {
        var judgements = new Judgements([[9, 2, 9], []]);
        Assert.Equal([2, 9], judgements.Of(0).ToArray());
        Assert.Equal(2, judgements.QueryCount);
        Assert.True(judgements.Contains(0, 9));
        Assert.False(judgements.Contains(0, 3));
        Assert.False(judgements.Contains(1, 9));
    }
}
