namespace Bigrain.Kernels.Distances;

/// <summary>Shape checks at the public edge of the distances.</summary>
internal static class DistanceGuards
{
    public static void SameLength(int x, int y)
    {
        if (x != y)
        {
            throw new ArgumentException($"lengths differ: {x} and {y}, both must be the same");
        }
    }

    public static void Rows(int dimension, int length, int count)
    {
        if (length != (long)dimension * count)
        {
            throw new ArgumentException($"{length} elements are not {count} rows of dimension {dimension}");
        }
    }
}
