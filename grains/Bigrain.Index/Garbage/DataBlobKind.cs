namespace Bigrain.Index.Garbage;

/// <summary>What a name below <c>data/</c> stands for.</summary>
internal enum DataBlobKind
{
    /// <summary>Not a name that this release makes.</summary>
    Unknown,

    Epoch,

    LogEntry,

    /// <summary>GENERATION, or a file beside it.</summary>
    GenerationFile,

    Manifest,

    SegmentFile,
}
