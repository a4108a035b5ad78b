namespace Bigrain.Index.Queries;

/// <summary>How many hits of an answer have exact scores.</summary>
public enum VerificationState
{
    /// <summary>Every hit.</summary>
    All = 0,

    /// <summary>Some hits; the others carry estimates.</summary>
    Partial = 1,

    /// <summary>No hit: scores are estimates.</summary>
    None = 2,
}
