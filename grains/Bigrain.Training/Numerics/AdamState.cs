namespace Bigrain.Training.Numerics;

/// <summary>All that <see cref="Adam"/> remembers between steps.</summary>
/// <param name="First">Running mean of the gradient of each parameter.</param>
/// <param name="Second">Running mean of its square.</param>
/// <param name="Steps">Steps taken.</param>
public sealed record AdamState(float[] First, float[] Second, int Steps);
