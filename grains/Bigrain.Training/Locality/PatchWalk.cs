namespace Bigrain.Training.Locality;

/// <summary>How a patch of the candidate graph is walked.</summary>
public enum PatchWalk
{
    /// <summary>The query that was reached last comes next: the walk runs away from where it began.</summary>
    RandomWalk,

    /// <summary>The query that was reached first comes next: the patch grows around where it began.</summary>
    Snowball,
}
