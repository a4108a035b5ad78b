namespace Bigrain.Index.Schema;

/// <summary>Family of a coarse code.</summary>
public enum CodecKind
{
    /// <summary>Chosen per segment by measuring on it.</summary>
    Auto = 0,

    /// <summary>The vectors themselves, fp32 in memory: exact.</summary>
    Flat = 1,

    /// <summary>RaBitQ with 1 to 4 bits a dimension: training-free, with an error bound.</summary>
    RaBitQ = 2,

    /// <summary>Product quantisation: learned codebooks, made only by reindex.</summary>
    Pq = 3,
}
