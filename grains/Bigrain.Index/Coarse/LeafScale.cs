using System.Runtime.InteropServices;

namespace Bigrain.Index.Coarse;

/// <summary>What a leaf's 16-bit factors are in units of, and its centroid's length.</summary>
/// <param name="RescaleUnit">One unit of the rescale factors.</param>
/// <param name="SpreadUnit">One unit of the error terms.</param>
/// <param name="CentroidSquared">Squared length of the centroid.</param>
/// <param name="Radius">Largest distance of a vector of the leaf from the centroid.</param>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal readonly record struct LeafScale(float RescaleUnit, float SpreadUnit, float CentroidSquared, float Radius)
{
    public const int Size = 4 * sizeof(float);
}
