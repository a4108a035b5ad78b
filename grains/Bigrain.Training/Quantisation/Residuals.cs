using Bigrain.Training.Numerics;

namespace Bigrain.Training.Quantisation;

/// <summary>What is left of vectors when their coarse centroid is taken away.</summary>
internal static class Residuals
{
    /// <summary>Takes the centroid of its list from each vector.</summary>
    public static void Subtract(Span<float> vectors, Matrix centroids, ReadOnlySpan<int> lists)
    {
        for (var row = 0; row < lists.Length; row++)
        {
            var vector = vectors.Slice(row * centroids.Columns, centroids.Columns);
            ReadOnlySpan<float> centroid = centroids.Row(lists[row]);
            for (var i = 0; i < vector.Length; i++)
            {
                vector[i] -= centroid[i];
            }
        }
    }
}
