using Bigrain.Training.Dense;
using Bigrain.Training.Locality;
using Bigrain.Training.Quantisation;

namespace Bigrain.Training.Experiments;

/// <summary>The rows of the matrix: what each of them changes in the settings, and what it is held against.</summary>
internal static class RowPlan
{
    /// <summary>Rows of the sparse side that train without coarse centroids.</summary>
    public static IReadOnlyList<(string Name, string Title, ExperimentScope Scope, Func<SparseOptions, SparseOptions> Change)> Sparse { get; } =
    [
        ("S1", "OPQ", ExperimentScope.Core, options => options with { Epochs = 0, QueryHead = false }),
        ("S2", "OPQ, contrastive codebooks", ExperimentScope.Whole, options => options with { QueryHead = false, LabelShare = 1 }),
        ("S3", "OPQ, distilled codebooks", ExperimentScope.Whole, options => options with { QueryHead = false, LabelShare = 0 }),
        ("S4", "S2 and a query head", ExperimentScope.Core, options => options with { QueryHead = true, LabelShare = 1 }),
        ("S5", "S2 by straight-through softmax", ExperimentScope.Whole, options => options with
        {
            QueryHead = false,
            LabelShare = 1,
            Assignment = AssignmentKind.StraightThrough,
        }),
        ("S6", "S2 with frozen codes", ExperimentScope.Whole, options => options with
        {
            QueryHead = false,
            LabelShare = 1,
            FrozenCodes = true,
        }),
    ];

    /// <summary>Rows of the dense side: whose candidates they train on, and whose they order.</summary>
    public static IReadOnlyList<DenseRow> Dense { get; } =
    [
        new("D1", "heads, random and in-batch negatives", "S4", "S4", Same(DenseSampling.InBatch)),
        new("D2", "heads, candidates only", "S4", "S4", Same(DenseSampling.CandidatesOnly)),
        new("D3", "heads, candidates and in-batch", "S4", "S4", Same(DenseSampling.CandidatesInBatch)),
        new("D4", "heads, locality, random walk", "S4", "S4", Same(DenseSampling.RandomWalk)),
        new("D5", "heads, locality, snowball", "S4", "S4", Same(DenseSampling.Snowball)),
        new("D6", "D5, way back by ranks 200 to 400", "S4", "S4", options => options with
        {
            Sampling = DenseSampling.Snowball,
            Backward = new RankWindow(200, 400),
        }),
        new("D7", "D5, graph of S1", "S1", "S4", Same(DenseSampling.Snowball)),
        new("S1+D3", "D3 on S1 throughout", "S1", "S1", Same(DenseSampling.CandidatesInBatch)),
        new("S1+D5", "D5 on S1 throughout", "S1", "S1", Same(DenseSampling.Snowball)),
    ];

    /// <summary>What is held against what.</summary>
    public static IReadOnlyList<(string Row, string Against, ComparedMeasure[] Measures)> Comparisons { get; } =
    [
        ("S1", "S0", [ComparedMeasure.Recall10, ComparedMeasure.RecallCandidates]),
        ("S2", "S1", [ComparedMeasure.Recall10, ComparedMeasure.ReciprocalRank, ComparedMeasure.RecallCandidates]),
        ("S3", "S1", [ComparedMeasure.Recall10, ComparedMeasure.ReciprocalRank]),
        ("S2", "S3", [ComparedMeasure.Recall10]),
        ("S4", "S2", [ComparedMeasure.Recall10, ComparedMeasure.ReciprocalRank, ComparedMeasure.RecallCandidates]),
        ("S4", "S1", [ComparedMeasure.Recall10, ComparedMeasure.ReciprocalRank, ComparedMeasure.RecallCandidates]),
        ("S5", "S2", [ComparedMeasure.Recall10]),
        ("S6", "S2", [ComparedMeasure.Recall10]),
        ("S7@1", "S7k@1", [ComparedMeasure.Recall10]),
        ("S7@4", "S7k@4", [ComparedMeasure.Recall10]),
        ("S7@16", "S7k@16", [ComparedMeasure.Recall10]),
        ("S7@all", "S7k@all", [ComparedMeasure.Recall10]),
        ("A1", "A0", [ComparedMeasure.ReciprocalRank, ComparedMeasure.Recall10]),
        ("D0", "A0", [ComparedMeasure.ReciprocalRank]),
        ("D1", "D0", [ComparedMeasure.ReciprocalRank, ComparedMeasure.Recall10]),
        ("D2", "D0", [ComparedMeasure.ReciprocalRank, ComparedMeasure.Recall10]),
        ("D3", "D0", [ComparedMeasure.ReciprocalRank, ComparedMeasure.Recall10]),
        ("D4", "D0", [ComparedMeasure.ReciprocalRank, ComparedMeasure.Recall10]),
        ("D5", "D0", [ComparedMeasure.ReciprocalRank, ComparedMeasure.Recall10]),
        ("D5", "A0", [ComparedMeasure.ReciprocalRank, ComparedMeasure.Recall10]),
        ("D3", "D1", [ComparedMeasure.ReciprocalRank]),
        ("D4", "D3", [ComparedMeasure.ReciprocalRank, ComparedMeasure.Recall10]),
        ("D5", "D3", [ComparedMeasure.ReciprocalRank, ComparedMeasure.Recall10, ComparedMeasure.FullReciprocalRank, ComparedMeasure.FullRecall10]),
        ("D5", "D4", [ComparedMeasure.ReciprocalRank]),
        ("D5", "D2", [ComparedMeasure.ReciprocalRank]),
        ("D6", "D5", [ComparedMeasure.ReciprocalRank]),
        ("D7", "D5", [ComparedMeasure.ReciprocalRank]),
        ("D5+λ", "D5", [ComparedMeasure.ReciprocalRank, ComparedMeasure.Recall10]),
        ("S1+D5", "S1+D0", [ComparedMeasure.ReciprocalRank]),
        ("S1+D5", "S1+D3", [ComparedMeasure.ReciprocalRank, ComparedMeasure.FullReciprocalRank]),
        ("D5", "S1+D5", [ComparedMeasure.ReciprocalRank, ComparedMeasure.Recall10]),
    ];

    private static Func<DenseOptions, DenseOptions> Same(DenseSampling sampling) =>
        options => options with { Sampling = sampling };
}
