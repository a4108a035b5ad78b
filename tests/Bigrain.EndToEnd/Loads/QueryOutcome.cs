namespace Bigrain.EndToEnd.Loads;

/// <summary>How one query ended.</summary>
internal enum QueryOutcome
{
    /// <summary>Complete and right.</summary>
    Right,

    /// <summary>Says that it is not complete, and is right as far as it goes.</summary>
    Flagged,

    /// <summary>Ended in an error.</summary>
    Failed,

    /// <summary>Says that it is complete while it is not, or has wrong hits: never allowed.</summary>
    Wrong,
}
