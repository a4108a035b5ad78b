using Bigrain.Training.Numerics;

namespace Bigrain.Training.Heads;

/// <summary>What a head made of a batch, and what its gradient needs.</summary>
/// <param name="Input">Vectors that went in, one a row.</param>
/// <param name="Output">Vectors that came out.</param>
/// <param name="Lengths">Length of each vector before it was brought to unit length; empty under the inner product.</param>
public sealed record HeadPass(Matrix Input, Matrix Output, float[] Lengths);
