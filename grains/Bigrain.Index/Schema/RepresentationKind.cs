namespace Bigrain.Index.Schema;

/// <summary>Shape of a representation.</summary>
public enum RepresentationKind
{
    /// <summary>Float vector of fixed dimension.</summary>
    Dense = 0,

    /// <summary>Term id to weight. The formats name it; no collection can be made with it yet.</summary>
    Sparse = 1,
}
