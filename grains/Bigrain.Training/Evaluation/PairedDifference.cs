namespace Bigrain.Training.Evaluation;

/// <summary>What a paired bootstrap says of the difference of two systems on the same queries.</summary>
/// <param name="Mean">Mean difference; above 0 the first one is better.</param>
/// <param name="Low">Lower end of the 95 % interval.</param>
/// <param name="High">Upper end of the 95 % interval.</param>
/// <param name="P">Two-sided p: how often a resample lies on the other side of 0, twice.</param>
public sealed record PairedDifference(double Mean, double Low, double High, double P)
{
    /// <summary>Whether the interval holds 0: nothing may be claimed then.</summary>
    public bool WithinNoise => Low <= 0 && High >= 0;
}
