using System.Collections.Immutable;
using Bigrain.Index.Catalog;

namespace Bigrain.Index.Backups;

/// <summary>Content of a backup's BACKUP: everything that is needed to make the collection again.</summary>
/// <param name="Name">Name of the backup.</param>
/// <param name="Id">Drawn for this backup: the folder of the copies it made itself.</param>
/// <param name="CreatedAt">When it was begun.</param>
/// <param name="Head">HEAD of the collection at that time.</param>
/// <param name="Partitions">The partitions of its current generation.</param>
/// <param name="Streams">Its streams.</param>
/// <param name="Files">Its immutable files: generations, learned tables, segments.</param>
/// <param name="Bytes">Bytes of everything in it.</param>
/// <param name="CopiedCount">Blobs that no earlier backup had.</param>
/// <param name="CopiedBytes">Bytes of these.</param>
public sealed record BackupRecord(
    string Name,
    string Id,
    DateTimeOffset CreatedAt,
    CollectionHead Head,
    ImmutableArray<BackupPartition> Partitions,
    ImmutableArray<BackupLog> Streams,
    ImmutableArray<BackupFile> Files,
    long Bytes,
    long CopiedCount,
    long CopiedBytes)
{
    /// <summary>The folder of the copies that this backup made itself.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public string Folder => BackupPaths.Folder(Name, Id);

    /// <summary>Blobs in it.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public long BlobCount => Files.Length + Streams.Sum(static stream => stream.Last - stream.First + 1);

    /// <summary>Names of all blobs it needs, in its own folder and in those of earlier backups.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public IEnumerable<string> BlobNames =>
        Files.Select(static file => file.BlobName).Concat(
            from stream in Streams
            from run in stream.Runs
            from sequence in BackupPaths.Sequences(run)
            select run.Folder + BackupPaths.LogEntry(stream.Stream, sequence));
}
