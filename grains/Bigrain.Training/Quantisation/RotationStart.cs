namespace Bigrain.Training.Quantisation;

/// <summary>Where the search for a rotation starts.</summary>
public enum RotationStart
{
    /// <summary>The vectors as they are; with no rounds this is plain product quantisation.</summary>
    Identity = 1,

    /// <summary>A random rotation: spreads the variance evenly over the subspaces.</summary>
    Random = 2,

    /// <summary>Principal axes, dealt out so that the subspaces get variances of equal product.</summary>
    Principal = 3,
}
