namespace Bigrain.Training.Numerics;

/// <summary>Rows in the order of their scores, largest first; equal scores by row number.</summary>
/// <param name="Rows">Row numbers.</param>
/// <param name="Scores">Their scores.</param>
public sealed record ScoredRows(int[] Rows, float[] Scores);
