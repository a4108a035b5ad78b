using System.Runtime.CompilerServices;
using Bigrain.Index.Blobs;
using Bigrain.Index.Errors;
using Bigrain.Index.Formats;
using Bigrain.Index.Schema;

namespace Bigrain.Index.Backups;

/// <summary>Reads, lists and deletes finished backups.</summary>
/// <remarks>Thread safe. Deleting removes BACKUP alone; the copies that no other backup needs are garbage from then on.</remarks>
/// <param name="store">Where backups are.</param>
/// <param name="time">Clock.</param>
public sealed class BackupCatalog(IBlobStore store, TimeProvider time)
{
    private readonly SettledWrites _writes = new(store, time);

    /// <summary>Reads a backup.</summary>
    /// <returns>The backup; null when there is none of that name that is whole.</returns>
    /// <exception cref="BigrainException"><see cref="ErrorCode.InvalidArgument"/>: not a name.</exception>
    /// <exception cref="CorruptBlobException">BACKUP is damaged.</exception>
    public async Task<BackupRecord?> ReadAsync(string name, CancellationToken cancellationToken)
    {
        Names.Validate(name, "name");
        string blob = BackupPaths.Record(name);
        BlobContent? content = await _writes.ReadAsync(token => store.ReadAsync(blob, token), cancellationToken);
        return content is null ? null : Parse(blob, content);
    }

    /// <summary>Reads a backup that must be there.</summary>
    /// <exception cref="BigrainException"><see cref="ErrorCode.NotFound"/>.</exception>
    public async Task<BackupRecord> RequireAsync(string name, CancellationToken cancellationToken) =>
        await ReadAsync(name, cancellationToken)
            ?? throw new BigrainException(ErrorCode.NotFound, $"there is no backup '{name}' that is whole: 'bigrain backup list' shows those there are", "backup");

    /// <summary>Lists the backups that are whole, in ordinal order of their names.</summary>
    /// <exception cref="CorruptBlobException">A BACKUP is damaged.</exception>
    public async IAsyncEnumerable<BackupRecord> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? after = null;
        while (await NextNameAsync(after, cancellationToken) is { } name)
        {
            if (await ReadAsync(name, cancellationToken) is { } backup)
            {
                yield return backup;
            }

            after = BackupPaths.After(name);
        }
    }

    /// <summary>Deletes a backup.</summary>
    /// <returns>Whether there was one.</returns>
    public async Task<bool> DeleteAsync(string name, CancellationToken cancellationToken)
    {
        Names.Validate(name, "name");
        string blob = BackupPaths.Record(name);
        return await store.GetPropertiesAsync(blob, cancellationToken) is { } present
            && await _writes.DeleteAsync(blob, present.Tag, cancellationToken);
    }

    /// <summary>Makes a backup known: the last step of making it.</summary>
    /// <exception cref="BigrainException"><see cref="ErrorCode.Conflict"/>: there is another one of that name.</exception>
    internal async Task CommitAsync(BackupRecord backup, CancellationToken cancellationToken)
    {
        byte[] bytes = FormatJson.Write(BlobKind.Backup, backup, FormatJson.Default.BackupRecord);
        SettledWrite written = await _writes.CreateAsync(BackupPaths.Record(backup.Name), bytes, cancellationToken);
        if (written.Tag is null && (written.Found is null || Parse(BackupPaths.Record(backup.Name), written.Found).Id != backup.Id))
        {
            throw NameTaken(backup.Name);
        }
    }

    /// <summary>The error of a name that is taken.</summary>
    internal static BigrainException NameTaken(string name) =>
        new(ErrorCode.Conflict, $"there is a backup '{name}' already: delete it first, or use another name", "name");

    private static BackupRecord Parse(string blob, BlobContent content)
    {
        BackupRecord backup = FormatJson.Read(BlobKind.Backup, blob, content.Bytes, FormatJson.Default.BackupRecord);
        return BackupPaths.Record(backup.Name) == blob
            ? backup
            : throw new CorruptBlobException(blob, BlobEnvelope.HeaderBytes, "the backup of this name", $"that of '{backup.Name}'");
    }

    private async Task<string?> NextNameAsync(string? after, CancellationToken cancellationToken)
    {
        await foreach (BlobEntry entry in store.ListAsync(BackupPaths.Backups, after, cancellationToken))
        {
            return BackupPaths.NameOf(entry.Name);
        }

        return null;
    }
}
