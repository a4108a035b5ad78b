namespace Bigrain.Index.Formats;

/// <summary>What a blob in the common envelope holds; stored in its header.</summary>
public enum BlobKind
{
    /// <summary>HEAD of a collection.</summary>
    Head = 1,

    /// <summary>GENERATION of a collection.</summary>
    Generation = 2,

    /// <summary>EPOCH of a stream.</summary>
    Epoch = 3,

    /// <summary>MANIFEST of a partition.</summary>
    Manifest = 4,

    /// <summary>Delete bitmap of a segment.</summary>
    DeleteBitmap = 5,

    /// <summary>Id table of a segment.</summary>
    Ids = 6,

    /// <summary>Record of a job.</summary>
    Job = 7,

    /// <summary>Learned tables of a generation.</summary>
    Tables = 8,

    /// <summary>Candidates of garbage collection.</summary>
    GarbageCandidates = 11,

    /// <summary>Alias of a collection.</summary>
    Alias = 9,

    /// <summary>What a backup holds.</summary>
    Backup = 10,

    /// <summary>Part of a job's input.</summary>
    JobInput = 12,

    /// <summary>Text encoder of a training.</summary>
    Encoder = 14,

    /// <summary>State of a training that can go on from there.</summary>
    Checkpoint = 15,

    /// <summary>A trained model.</summary>
    Model = 13,
}
