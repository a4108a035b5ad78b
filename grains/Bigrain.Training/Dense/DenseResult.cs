namespace Bigrain.Training.Dense;

/// <summary>What the dense stage learned.</summary>
/// <param name="Heads">Heads of the best step; the identity if training never helped.</param>
/// <param name="Best">Evaluation of the best step.</param>
/// <param name="History">All evaluations, that before training first.</param>
/// <param name="Negatives">Mean number of negatives that a query was scored against.</param>
/// <param name="Density">Mean share of those that are candidates of the query.</param>
public sealed record DenseResult(
    DenseHeads Heads,
    DenseEvaluation Best,
    IReadOnlyList<DenseEvaluation> History,
    double Negatives,
    double Density);
