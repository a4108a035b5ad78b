using Bigrain.Cli.Evaluation;
using Bigrain.Cli.Truth;
using Bigrain.Index.Errors;
using Xunit;

namespace Bigrain.Cli.Tests.Commands;

public sealed class TruthViewTests
{
    [Fact]
    public void A_tie_with_the_last_true_neighbour_counts_as_found()
    {
        TruthView view = TruthView.Of(Table(), queryCount: 1, skip: 0, k: 2);
        bool[] isHit = new bool[5];
        view.Judge(0, [10, 12, 13, 99, 98], [1, 4, 9, 4, 5], isHit);
        Assert.Equal([true, true, false, true, false], isHit);
    }

    [Fact]
    public void The_same_id_twice_counts_once_and_a_foreign_id_never()
    {
        TruthView view = TruthView.Of(Table(), queryCount: 1, skip: 0, k: 2);
        bool[] isHit = new bool[3];
        view.Judge(0, [10, 10, -1], [1, 1, 4], isHit);
        Assert.Equal([true, false, false], isHit);
    }

    [Fact]
    public void A_table_too_narrow_or_too_short_is_refused()
    {
        Assert.Equal("truth", Assert.Throws<BigrainException>(() => TruthView.Of(Table(), 1, 0, k: 5)).Field);
        Assert.Equal("truth", Assert.Throws<BigrainException>(() => TruthView.Of(Table(), 2, 0, k: 2)).Field);
    }

    private static TruthTable Table()
    {
        TruthTable table = new(1, 4);
        int[] ids = [10, 11, 12, 13];
        float[] distances = [1, 4, 4, 9];
        ids.CopyTo(table.Ids, 0);
        distances.CopyTo(table.Distances, 0);
        return table;
    }
}
