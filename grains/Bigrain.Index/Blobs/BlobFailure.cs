namespace Bigrain.Index.Blobs;

/// <summary>How a blob store failed, by what the caller may do next.</summary>
public enum BlobFailure
{
    /// <summary>Nothing happened; the same call may succeed later.</summary>
    Transient,

    /// <summary>The write may or may not have happened: read before going on.</summary>
    OutcomeUnknown,

    /// <summary>No space left; nothing was written.</summary>
    Full,

    /// <summary>Credentials or file rights do not allow it; nothing was written.</summary>
    Denied,

    /// <summary>The blob to copy does not exist; nothing was written.</summary>
    SourceMissing,

    /// <summary>Any other failure; nothing was written.</summary>
    Permanent,
}
