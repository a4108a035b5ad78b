namespace Bigrain.Index.Garbage;

/// <summary>What garbage once was.</summary>
public enum GarbageKind
{
    /// <summary>Segments that no manifest names: merged away, or built and never committed.</summary>
    Segments = 1,

    /// <summary>Delete bitmaps that a newer one replaced.</summary>
    DeleteBitmaps = 2,

    /// <summary>Log entries below the floors of all partitions.</summary>
    LogEntries = 3,

    /// <summary>Generations that no HEAD names: failed builds, forgotten ones, partitions that a rebuild replaced.</summary>
    Generations = 4,

    /// <summary>Dropped collections.</summary>
    Incarnations = 5,

    /// <summary>Jobs that ended long ago, and what they kept.</summary>
    Jobs = 6,

    /// <summary>Copies that no backup refers to any more.</summary>
    Backups = 7,
}
