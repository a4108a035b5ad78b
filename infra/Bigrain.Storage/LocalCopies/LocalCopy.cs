namespace Bigrain.Storage.LocalCopies;

/// <summary>One complete copy in the folder. Guarded by the lock of the cache.</summary>
internal sealed class LocalCopy(string key, string path, long lengthBytes, bool isVerified)
{
    /// <summary>Hash of the blob's name.</summary>
    public string Key { get; } = key;

    public string Path { get; } = path;

    public long LengthBytes { get; } = lengthBytes;

    /// <summary>Whether this process has seen that the content matches the checksum in the file name.</summary>
    public bool IsVerified { get; set; } = isVerified;

    public int UserCount { get; set; }

    /// <summary>Whether it goes with its last user.</summary>
    public bool IsForgotten { get; set; }

    /// <summary>Set while in the list of files, most recently used first.</summary>
    public LinkedListNode<LocalCopy>? Node { get; set; }
}
