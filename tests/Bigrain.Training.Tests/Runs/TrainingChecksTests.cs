using Bigrain.Index.Errors;
using Bigrain.Training.Data;
using Bigrain.Training.Numerics;
using Bigrain.Training.Quantisation;
using Bigrain.Training.Runs;

namespace Bigrain.Training.Tests.Runs;

public sealed class TrainingChecksTests
{
    private static readonly TrainingSet Good = SyntheticSet.Make(SyntheticOptions.Small).Set;
    private static readonly RunOptions Options = new() { Sparse = new SparseOptions { Start = new RotationOptions { SubspaceCount = 8, Bits = 4 } } };

    [Fact]
    public void What_can_be_learned_from_passes() => TrainingChecks.Check(Good, Options);

    [Fact]
    public void Each_refusal_names_the_field_and_the_remedy()
    {
        Refused("queries", "from the same encoder", Good with { Queries = new Matrix(Good.Queries.Rows, 7) }, Options);
        Refused("queries", "give --queries", Good with { Queries = new Matrix(0, Good.Dimension) }, Options);
        Refused("qrels", "check that the ids", Good with { Relevant = new Judgements([.. Enumerable.Repeat(Array.Empty<int>(), Good.Queries.Rows)]) }, Options);
        Refused("queries", "give more queries", Good with { Split = Good.Split with { Training = Good.Split.Training[..3] } }, Options);
        Refused("bits", "ask for --bits 4", Good, new RunOptions());
        Refused("subspaces", "at most that many", Good, new RunOptions { Sparse = new SparseOptions { Start = new RotationOptions { SubspaceCount = 64, Bits = 4 } } });
    }

    private static void Refused(string field, string remedy, TrainingSet set, RunOptions options)
    {
        BigrainException error = Assert.Throws<BigrainException>(() => TrainingChecks.Check(set, options));
        Assert.Equal(ErrorCode.InvalidArgument, error.Code);
        Assert.Equal(field, error.Field);
        Assert.Contains(remedy, error.Message, StringComparison.Ordinal);
    }
}
