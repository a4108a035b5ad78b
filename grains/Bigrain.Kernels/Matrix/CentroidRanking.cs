namespace Bigrain.Kernels.Matrix;

/// <summary>What makes a centroid near.</summary>
public enum CentroidRanking
{
    /// <summary>Small squared distance.</summary>
    SquaredL2,

    /// <summary>Large inner product; the distance reported is the negative product.</summary>
    InnerProduct,
}
