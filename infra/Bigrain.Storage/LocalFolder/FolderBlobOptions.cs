using System.ComponentModel.DataAnnotations;

namespace Bigrain.Storage.LocalFolder;

/// <summary>Settings of the folder blob store; section <c>Storage:Folder</c>.</summary>
public sealed class FolderBlobOptions
{
    /// <summary>Folder that holds the blobs; made when absent. Must lie on one local volume with hard links. Default <c>data</c>.</summary>
    [Required(AllowEmptyStrings = false)]
    public string Path { get; set; } = "data";

    /// <summary>Most files kept open for range reads. Default 128, range 1 to 65,536. Raising it saves an open per cold read and
    /// costs file descriptors; disk space of files deleted by another process stays taken while open.</summary>
    [Range(1, 65_536)]
    public int OpenFileCount { get; set; } = 128;

    /// <summary>Longest wait for the lock of a blob that is being replaced. Default 30 s, range 1 ms to 10 minutes. Raising it
    /// makes a writer wait longer behind a stuck process before it fails as retryable.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:10:00")]
    public TimeSpan LockTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Age from which unpublished files that no process has open are removed at start. Default 10 minutes, range 0 to
    /// 30 days. Raising it keeps leftovers of crashed writers longer on disk.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "30.00:00:00")]
    public TimeSpan TemporaryFileAge { get; set; } = TimeSpan.FromMinutes(10);
}
