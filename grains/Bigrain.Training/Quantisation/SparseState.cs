using Bigrain.Training.Numerics;

namespace Bigrain.Training.Quantisation;

/// <summary>The whole state of a <see cref="SparseTrainer"/> between two epochs, as plain arrays: what a checkpoint holds.</summary>
/// <remarks>With the same training set and settings a trainer that goes on from it does to the bit what the one that was
/// interrupted would have done.</remarks>
/// <param name="Rotation">The rotation, row after row.</param>
/// <param name="StartCodebooks">Codebooks of step 0.</param>
/// <param name="StartCentroids">Coarse centroids of step 0; null for none.</param>
/// <param name="OrthogonalityError">Largest deviation of the rotation from an orthogonal matrix.</param>
/// <param name="Current">What is trained, as it is now.</param>
/// <param name="Best">What it was at the best evaluation.</param>
/// <param name="BestEvaluation">Number of the best evaluation in the history.</param>
/// <param name="CodebookMemory">What the optimiser of the codebooks remembers.</param>
/// <param name="CentroidMemory">What that of the coarse centroids remembers; null for none.</param>
/// <param name="HeadMemory">What that of the query head remembers; null for none.</param>
/// <param name="Epoch">Epochs done.</param>
/// <param name="Step">Steps taken.</param>
/// <param name="FineLossSum">Sum of the losses of the codes over the first steps.</param>
/// <param name="CoarseLossSum">Sum of the losses of the coarse centroids over the first steps.</param>
/// <param name="Stopped">Whether training ended.</param>
/// <param name="History">All evaluations.</param>
public sealed record SparseState(
    float[] Rotation,
    float[] StartCodebooks,
    float[]? StartCentroids,
    double OrthogonalityError,
    SparseWeights Current,
    SparseWeights Best,
    int BestEvaluation,
    AdamState CodebookMemory,
    AdamState? CentroidMemory,
    AdamState? HeadMemory,
    int Epoch,
    int Step,
    double FineLossSum,
    double CoarseLossSum,
    bool Stopped,
    IReadOnlyList<SparseEvaluation> History);
