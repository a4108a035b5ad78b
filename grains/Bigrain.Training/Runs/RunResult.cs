using Bigrain.Training.Dense;
using Bigrain.Training.Evaluation;
using Bigrain.Training.Quantisation;

namespace Bigrain.Training.Runs;

/// <summary>What came out of a run.</summary>
/// <param name="Sparse">Stage S.</param>
/// <param name="Dense">Stage D; null when it was left out.</param>
/// <param name="Lambda">Weight of the estimate in the final score.</param>
/// <param name="Candidates">Candidates to verify.</param>
/// <param name="DataHash">Hash of the training set.</param>
/// <param name="MeasuredOn"><c>test</c>; <c>validation</c> where no test queries were kept, and then the gain looks better than it is.</param>
/// <param name="Before">The codes of step 0 and vectors as they are, at the same number of candidates.</param>
/// <param name="After">The trained model.</param>
/// <param name="Exact">Every document scored by its vector as it is: what no code was made for.</param>
/// <param name="ReciprocalRankGain">MRR@10 after against before, query by query.</param>
/// <param name="Recall10Gain">R@10 after against before, query by query.</param>
public sealed record RunResult(
    SparseResult Sparse,
    DenseResult? Dense,
    float Lambda,
    int Candidates,
    string DataHash,
    string MeasuredOn,
    RunMeasures Before,
    RunMeasures After,
    RunMeasures Exact,
    PairedDifference ReciprocalRankGain,
    PairedDifference Recall10Gain);
