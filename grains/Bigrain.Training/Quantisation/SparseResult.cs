namespace Bigrain.Training.Quantisation;

/// <summary>What came out of stage S.</summary>
/// <param name="Model">The model of the best evaluation; that of step 0 if no step beat it.</param>
/// <param name="Initial">The model of step 0.</param>
/// <param name="Best">The best evaluation.</param>
/// <param name="History">All evaluations, step 0 first.</param>
/// <param name="OrthogonalityError">Largest deviation of the rotation from an orthogonal matrix.</param>
public sealed record SparseResult(
    SparseModel Model,
    SparseModel Initial,
    SparseEvaluation Best,
    IReadOnlyList<SparseEvaluation> History,
    double OrthogonalityError);
