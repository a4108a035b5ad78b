using Bigrain.Training.Numerics;

namespace Bigrain.Training.Dense;

/// <summary>All that the dense trainer needs to go on after an evaluation as if it had never stopped.</summary>
/// <param name="Epoch">Epochs done.</param>
/// <param name="Step">Steps done.</param>
/// <param name="QueryWeights">Weights of the query head.</param>
/// <param name="DocumentWeights">Weights of the document head; null without one.</param>
/// <param name="QueryOptimiser">State of the query head's optimiser.</param>
/// <param name="DocumentOptimiser">State of the document head's optimiser; null without one.</param>
/// <param name="BestQueryWeights">Weights of the query head at the best step.</param>
/// <param name="BestDocumentWeights">Weights of the document head at the best step; null without one.</param>
/// <param name="History">All evaluations so far.</param>
/// <param name="Negatives">Sum over the steps of the negatives that a query was scored against.</param>
/// <param name="Density">Sum over the epochs of the batches' density.</param>
public sealed record DenseState(
    int Epoch,
    int Step,
    float[] QueryWeights,
    float[]? DocumentWeights,
    AdamState QueryOptimiser,
    AdamState? DocumentOptimiser,
    float[] BestQueryWeights,
    float[]? BestDocumentWeights,
    DenseEvaluation[] History,
    double Negatives,
    double Density);
