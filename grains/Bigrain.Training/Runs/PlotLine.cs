namespace Bigrain.Training.Runs;

/// <summary>One line of a drawing.</summary>
/// <param name="Name">What it shows.</param>
/// <param name="Points">Its points, from left to right.</param>
/// <param name="IsDashed">Whether it is drawn dashed: for what is only compared with.</param>
public sealed record PlotLine(string Name, IReadOnlyList<(double X, double Y)> Points, bool IsDashed = false);
