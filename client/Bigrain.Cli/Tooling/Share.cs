namespace Bigrain.Cli.Tooling;

/// <summary>How far something long has come.</summary>
/// <param name="Done">Units done.</param>
/// <param name="Total">Units in all; null where nobody knows.</param>
/// <param name="Label">What is done now; null leaves it as it was.</param>
internal readonly record struct Share(double Done, double? Total, string? Label = null);
