namespace Bigrain.Cli.Tooling;

/// <summary>How far something long has come.</summary>
/// <param name="Done">Units done.</param>
/// <param name="Total">Units in all; null where nobody knows.</param>
internal readonly record struct Share(double Done, double? Total);
