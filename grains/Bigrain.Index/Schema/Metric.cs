namespace Bigrain.Index.Schema;

/// <summary>How two vectors of a representation are compared.</summary>
public enum Metric
{
    /// <summary>Euclidean distance; smaller is closer. Inside the index it is squared.</summary>
    L2 = 0,

    /// <summary>Cosine similarity; larger is closer. A zero vector has none and is refused.</summary>
    Cosine = 1,

    /// <summary>Inner product; larger is closer.</summary>
    Dot = 2,
}
