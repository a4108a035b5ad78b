using Bigrain.Index.Partitions;
using Bigrain.Index.Schema;

namespace Bigrain.Index.Backups;

/// <summary>Names of the blobs of backups; format page: docs/formats/backup.md.</summary>
internal static class BackupPaths
{
    /// <summary>Prefix of all backups.</summary>
    public const string Backups = "backups/";

    private const string RecordName = "BACKUP";

    /// <summary>What a backup holds; it exists when the backup is whole.</summary>
    public static string Record(string name) => $"{Backups}{name}/{RecordName}";

    /// <summary>Prefix of the copies that one backup makes.</summary>
    public static string Folder(string name, string id) => $"{Backups}{name}/{id}/";

    /// <summary>A name that is ordinally after everything of a backup, and before every other name after that.</summary>
    public static string After(string name) => $"{Backups}{name}0";

    /// <summary>Name of the backup that a blob below <see cref="Backups"/> belongs to.</summary>
    public static string NameOf(string blob) => blob.Split('/')[1];

    /// <summary>A blob of a collection, below <c>data/{incarnation}/</c>.</summary>
    public static string Relative(CollectionIncarnation incarnation, string blob) => blob[DataPaths.Incarnation(incarnation).Length..];

    /// <summary>A log entry, below <c>data/{incarnation}/</c>.</summary>
    public static string LogEntry(int stream, long sequence) => FormattableString.Invariant($"stream/{stream}/wal/{sequence:D20}");

    /// <summary>The sequences of a run.</summary>
    public static IEnumerable<long> Sequences(BackupLogRun run)
    {
        for (long sequence = run.First; sequence <= run.Last; sequence++)
        {
            yield return sequence;
        }
    }
}
