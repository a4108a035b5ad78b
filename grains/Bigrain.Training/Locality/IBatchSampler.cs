using Bigrain.Training.Numerics;

namespace Bigrain.Training.Locality;

/// <summary>Arranges the training queries of an epoch in batches and chooses their documents.</summary>
/// <remarks>Every query comes once an epoch; none of its positives is among its own negatives; the same random numbers
/// give the same batches.</remarks>
public interface IBatchSampler
{
    /// <summary>The batches of one epoch; the last one may be shorter.</summary>
    /// <param name="random">Where chance comes from.</param>
    IReadOnlyList<TrainingBatch> Epoch(SeededRandom random);
}
