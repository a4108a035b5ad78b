namespace Bigrain.Training.Dense;

/// <summary>One evaluation on the validation queries: their candidates, ordered by the heads.</summary>
/// <param name="Epoch">Epochs done; 0 before training.</param>
/// <param name="Step">Steps done.</param>
/// <param name="Loss">Mean loss of the epoch; that of the first batch untrained at epoch 0 is not computed and 0.</param>
/// <param name="ReciprocalRank">MRR@10.</param>
/// <param name="Recall">R@10.</param>
public sealed record DenseEvaluation(int Epoch, int Step, double Loss, double ReciprocalRank, double Recall)
{
    /// <summary>What the best step is chosen by: the mean of both measures.</summary>
    public double Value => (ReciprocalRank + Recall) / 2;
}
