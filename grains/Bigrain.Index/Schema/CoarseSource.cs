namespace Bigrain.Index.Schema;

/// <summary>Where the coarse codes of a representation come from.</summary>
public enum CoarseSource
{
    /// <summary>The very vectors that verify: error bounds hold for the verified score.</summary>
    Self = 0,

    /// <summary>A trained model of the generation: documents are coded in its rotated space, queries go through its head. Estimates have
    /// no bounds.</summary>
    Head = 1,
}
