namespace Bigrain.Contracts.Faults;

/// <summary>What the caller of a grain can do about an error: one value per remedy; the wire twin of the index's error code.</summary>
/// <remarks>Values are fixed for ever: they travel between silos of different versions.</remarks>
[GenerateSerializer]
[Alias("bigrain.FaultCode")]
public enum FaultCode
{
    /// <summary>Fix the request.</summary>
    InvalidArgument = 1,

    /// <summary>Name something that exists.</summary>
    NotFound = 2,

    /// <summary>Read again, then decide.</summary>
    Conflict = 3,

    /// <summary>Retry: a part that is needed does not answer now.</summary>
    Unavailable = 4,

    /// <summary>Back off, then retry.</summary>
    Overloaded = 5,

    /// <summary>Stop: a newer owner exists.</summary>
    Fenced = 6,

    /// <summary>Repair: stored bytes are not what was written.</summary>
    DataCorrupt = 7,

    /// <summary>Allow more time, or ask for less.</summary>
    DeadlineExceeded = 8,

    /// <summary>Send less at once.</summary>
    TooLarge = 9,

    /// <summary>Report: a bug.</summary>
    Internal = 10,
}
