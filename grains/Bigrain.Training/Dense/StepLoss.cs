using Bigrain.Training.Numerics;

namespace Bigrain.Training.Dense;

/// <summary>What one batch says.</summary>
/// <param name="Loss">Masked InfoNCE, mean over the queries.</param>
/// <param name="Negatives">Mean number of negatives that a query was scored against, those masked left out.</param>
/// <param name="QueryGradient">Gradient in the weights of the query head.</param>
/// <param name="DocumentGradient">Gradient in the weights of the document head; null without one.</param>
public sealed record StepLoss(double Loss, double Negatives, Matrix QueryGradient, Matrix? DocumentGradient);
