namespace Bigrain.Storage.LocalFolder;

/// <summary>Points of a write at which a crash must leave the old state or the new one; tests stop there.</summary>
internal enum FolderStep
{
    /// <summary>The temporary file exists and is empty.</summary>
    TemporaryMade,

    /// <summary>The temporary file is written, not flushed.</summary>
    TemporaryWritten,

    /// <summary>The temporary file is durable.</summary>
    TemporaryFlushed,

    /// <summary>The lock is held and the tag was compared.</summary>
    TagCompared,

    /// <summary>The name is visible; the folder is not flushed.</summary>
    Published,

    /// <summary>The folder is flushed.</summary>
    Durable,
}
