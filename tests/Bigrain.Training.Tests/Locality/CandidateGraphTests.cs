using Bigrain.Training.Locality;

namespace Bigrain.Training.Tests.Locality;

public sealed class CandidateGraphTests
{
    private static readonly int[][] Candidates = [[3, 1, 4, 0], [4, 3, 2, 1], [0, 1, 3, 2]];
    private static readonly int[][] Positives = [[1], [4], [0, 2]];

    [Fact]
    public void Positives_are_no_candidates_and_windows_count_ranks_without_them()
    {
        var graph = new CandidateGraph(Candidates, Positives, 5, new RankWindow(0, 2), new RankWindow(0, 2));

        Assert.Equal([3, 4], graph.Forward(0));
        Assert.Equal([3, 2], graph.Forward(1));
        Assert.Equal([1, 3], graph.Forward(2));
    }

    [Fact]
    public void A_document_leads_back_to_the_queries_of_the_backward_window_in_their_order()
    {
        var same = new CandidateGraph(Candidates, Positives, 5, new RankWindow(0, 2), new RankWindow(0, 2));
        var later = new CandidateGraph(Candidates, Positives, 5, new RankWindow(0, 2), new RankWindow(2, 4));

        Assert.Equal([0, 1, 2], same.Backward(3));
        Assert.Equal([2], same.Backward(1));
        Assert.Equal([0], later.Backward(0));
        Assert.Equal([1], later.Backward(1));
        Assert.True(later.Backward(3).IsEmpty);
    }

    [Fact]
    public void The_default_window_is_that_of_the_paper() => Assert.Equal(new RankWindow(0, 200), RankWindow.Default);

    [Fact]
    public void Empty_windows_and_queries_without_a_positive_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new CandidateGraph(Candidates, Positives, 5, new RankWindow(2, 2), RankWindow.Default));
        Assert.Throws<ArgumentException>(() => new CandidateGraph(Candidates, [[1], [], [2]], 5, RankWindow.Default, RankWindow.Default));
        Assert.Throws<ArgumentException>(() => new CandidateGraph(Candidates, [[1]], 5, RankWindow.Default, RankWindow.Default));
    }
}
