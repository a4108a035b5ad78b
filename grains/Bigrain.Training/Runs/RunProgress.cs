namespace Bigrain.Training.Runs;

/// <summary>How far a run has come.</summary>
/// <param name="Stage">What is done now, for people.</param>
/// <param name="Done">Units done.</param>
/// <param name="Total">Units in all; 0 where nobody knows.</param>
/// <param name="Message">A sentence worth keeping, after an evaluation; null otherwise.</param>
public readonly record struct RunProgress(string Stage, double Done, double Total, string? Message = null);
