namespace Bigrain.Training.Data;

/// <summary>Which queries train, which choose among trained models, and which are kept for the last word.</summary>
/// <param name="Training">Rows of the queries to train on.</param>
/// <param name="Validation">Rows of the queries that choose the best step and the settings.</param>
/// <param name="Test">Rows of the queries that no decision may look at.</param>
public sealed record QuerySplit(int[] Training, int[] Validation, int[] Test);
