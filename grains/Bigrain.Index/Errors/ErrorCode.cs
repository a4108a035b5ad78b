namespace Bigrain.Index.Errors;

/// <summary>What the caller can do about an error: one value per remedy.</summary>
public enum ErrorCode
{
    /// <summary>Fix the request: a field is out of its limits.</summary>
    InvalidArgument = 1,

    /// <summary>Name something that exists.</summary>
    NotFound = 2,

    /// <summary>Read again, then decide: somebody else changed it first.</summary>
    Conflict = 3,

    /// <summary>Retry: a part that is needed does not answer now.</summary>
    Unavailable = 4,

    /// <summary>Back off, then retry: a queue or a budget is full.</summary>
    Overloaded = 5,

    /// <summary>Stop: a newer owner exists.</summary>
    Fenced = 6,

    /// <summary>Repair: stored bytes are not what was written. Never served.</summary>
    DataCorrupt = 7,

    /// <summary>Allow more time, or ask for less: the deadline passed.</summary>
    DeadlineExceeded = 8,

    /// <summary>Send less at once: the body is over its limit.</summary>
    TooLarge = 9,

    /// <summary>Report: a bug.</summary>
    Internal = 10,
}
