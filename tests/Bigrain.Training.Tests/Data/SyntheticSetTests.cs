using Bigrain.Training.Data;
using Bigrain.Training.Numerics;

namespace Bigrain.Training.Tests.Data;

public sealed class SyntheticSetTests
{
    [Fact]
    public void Vectors_as_they_are_rank_poorly_and_the_known_map_puts_it_right()
    {
        SyntheticSet made = SyntheticSet.Make(SyntheticOptions.Small);
        double before = Recall(made.Set, made.Set.Queries);
        double after = Recall(made.Set, MatrixProduct.Multiply(made.Set.Queries, made.QueryMap));
        TestContext.Current.SendDiagnosticMessage($"recall@10 {before:F3} as they are, {after:F3} under the map");
        Assert.InRange(before, 0.02, 0.4);
        Assert.True(after > before + 0.2, $"recall@10 {before} as they are, {after} under the map");
    }

    [Fact]
    public void The_same_seed_gives_the_same_set()
    {
        TrainingSet one = SyntheticSet.Make(SyntheticOptions.Small).Set;
        TrainingSet two = SyntheticSet.Make(SyntheticOptions.Small).Set;
        TrainingSet other = SyntheticSet.Make(SyntheticOptions.Small with { Seed = 2 }).Set;
        Assert.Equal(one.Documents.Values, two.Documents.Values);
        Assert.Equal(one.Queries.Values, two.Queries.Values);
        Assert.Equal(one.Split.Test, two.Split.Test);
        Assert.NotEqual(one.Documents.Values, other.Documents.Values);
    }

    private static double Recall(TrainingSet set, Matrix queries)
    {
        Judgements top = NearestJudgements.Of(queries.Gather(set.Split.Test), set.Documents, 10);
        return set.Split.Test.Select((query, i) => set.Relevant.Of(query).ToArray().Count(row => top.Contains(i, row)) / (double)set.Relevant.Of(query).Length).Average();
    }
}
