namespace Bigrain.Training.Data;

/// <summary>What documents are ranked by.</summary>
public enum RankMetric
{
    /// <summary>Inner product of vectors of unit length: they are normalised when they are loaded.</summary>
    Cosine = 1,

    /// <summary>Inner product of vectors as they are.</summary>
    Dot = 2,
}
