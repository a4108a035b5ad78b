namespace Bigrain.Kernels.RaBitQ;

/// <summary>What a RaBitQ code says about the vector it came from.</summary>
/// <param name="Length">Length of the vector.</param>
/// <param name="Rescale">Length divided by the inner product of the code's values and the unit vector.</param>
/// <param name="Spread">Length times the tangent of the angle between them, over sqrt(d - 1): one standard deviation
/// of the estimate for a query vector of length 1.</param>
public readonly record struct RaBitQVector(float Length, float Rescale, float Spread);
