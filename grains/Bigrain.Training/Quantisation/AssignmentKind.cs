namespace Bigrain.Training.Quantisation;

/// <summary>How the gradient passes the choice of a word.</summary>
public enum AssignmentKind
{
    /// <summary>It reaches the chosen word alone.</summary>
    HardGather = 1,

    /// <summary>It reaches all words as if they were mixed by the softmax of their negative distances (straight through).</summary>
    StraightThrough = 2,
}
