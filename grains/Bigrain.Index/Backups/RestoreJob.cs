using Bigrain.Index.Blobs;
using Bigrain.Index.Catalog;
using Bigrain.Index.Errors;
using Bigrain.Index.Formats;
using Bigrain.Index.Jobs;
using Bigrain.Index.Partitions;
using Bigrain.Index.Randomness;
using Bigrain.Index.Schema;

namespace Bigrain.Index.Backups;

/// <summary>Makes a collection of a backup: a new name, or a new life of a name.</summary>
/// <remarks>Steps, each safe to do twice: (1) draw an incarnation, (2) check every byte of the backup, (3) copy it under the incarnation,
/// (4) write HEAD, the only commit; (5) tell the silos of the life that was replaced. What a restore that failed leaves behind is garbage.</remarks>
/// <param name="store">The store.</param>
/// <param name="time">Clock.</param>
/// <param name="random">Source of incarnations.</param>
/// <param name="collections">Where collections are.</param>
/// <param name="backups">Where backups are.</param>
/// <param name="lives">Told of the life that was replaced.</param>
/// <param name="failPoints">Where the process can be made to die.</param>
public sealed class RestoreJob(
    IBlobStore store,
    TimeProvider time,
    IRandomSource random,
    CollectionCatalog collections,
    BackupCatalog backups,
    ICollectionLives lives,
    IFailPoints failPoints) : IJobKind
{
    /// <summary>Name of the kind.</summary>
    public const string KindName = "restore";

    private readonly SettledWrites _writes = new(store, time);
    private readonly AliasCatalog _aliases = new(store, time);

    /// <inheritdoc/>
    public string Name => KindName;

    /// <summary>The error of a restore into a name that a collection has.</summary>
    public static BigrainException NameTaken(string collection) => new(
        ErrorCode.Conflict,
        $"there is a collection '{collection}' already: restore into another name, or replace it (--replace, over HTTP \"replace\": true)",
        "collection");

    /// <inheritdoc/>
    public async Task RunAsync(JobContext job, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(job);
        RestoreRequest request = job.ReadBody(BackupJson.Default.RestoreRequest);
        Names.Validate(job.Collection, "collection");
        job.Unit = "bytes";

        // 1. The incarnation: pinned once it is saved, as is the backup.
        CollectionHead? present = await collections.ReadAsync(job.Collection, cancellationToken);
        if (request.Incarnation is null)
        {
            request = request with { Incarnation = CollectionIncarnation.Create(random).Value, Replaced = present?.Incarnation.Value };
            await job.SaveAsync(request, BackupJson.Default.RestoreRequest, "planned", 0, 0, cancellationToken);
            failPoints.Hit("restore.planned");
        }

        var incarnation = new CollectionIncarnation(request.Incarnation);
        BackupRecord backup = await backups.RequireAsync(request.Backup, cancellationToken);
        if (present?.Incarnation != incarnation)
        {
            RequireFree(job.Collection, request, present);
            await _aliases.RequireNoAliasAsync(job.Collection, cancellationToken);
            await MakeAsync(job, request, backup, incarnation, cancellationToken);
        }

        // 5. Also when an earlier run wrote HEAD and came no further.
        if (request.Replaced is { } replaced)
        {
            await lives.EndAsync(job.Collection, new CollectionIncarnation(replaced), cancellationToken);
        }

        job.SetResult(
            new RestoreResult(job.Collection, incarnation.Value, backup.BlobCount, backup.Bytes), BackupJson.Default.RestoreResult);
    }

    private static void RequireFree(string collection, RestoreRequest request, CollectionHead? present)
    {
        if (present is not null && !request.Replace)
        {
            throw NameTaken(collection);
        }

        if (present?.Incarnation.Value != request.Replaced)
        {
            throw new BigrainException(
                ErrorCode.Conflict, $"collection '{collection}' was made, dropped or replaced since the restore began: look again, then start it anew", "collection");
        }
    }

    private async Task MakeAsync(
        JobContext job, RestoreRequest request, BackupRecord backup, CollectionIncarnation incarnation, CancellationToken cancellationToken)
    {
        // 2. Every byte, before anything is written.
        var restorer = new BackupRestorer(store, time);
        Task ReportAsync(long done, CancellationToken token) => job.ReportAsync(done, backup.Bytes, token);
        if (!request.IsChecked)
        {
            await job.SaveAsync("checking", 0, backup.Bytes, cancellationToken);
            await restorer.CheckAsync(backup, ReportAsync, cancellationToken);
            request = request with { IsChecked = true };
            await job.SaveAsync(request, BackupJson.Default.RestoreRequest, "checking", backup.Bytes, backup.Bytes, cancellationToken);
            failPoints.Hit("restore.checked");
        }

        // 3. Everything but HEAD.
        await job.SaveAsync("copying", 0, backup.Bytes, cancellationToken);
        await restorer.WriteAsync(backup, incarnation, ReportAsync, cancellationToken);
        failPoints.Hit("restore.copied");

        // 4. HEAD.
        await job.SaveAsync(
            record => record with { Stage = "finishing", Done = backup.Bytes, Total = backup.Bytes, IsCommitted = true }, cancellationToken);
        await CommitAsync(request, backup, restorer.HeadOf(backup, job.Collection, incarnation), cancellationToken);
        failPoints.Hit("restore.committed");
    }

    private async Task CommitAsync(RestoreRequest request, BackupRecord backup, CollectionHead head, CancellationToken cancellationToken)
    {
        string blob = DataPaths.Head(head.Name);
        byte[] bytes = FormatJson.Write(BlobKind.Head, head, FormatJson.Default.CollectionHead);
        while (true)
        {
            BlobContent? content = await _writes.ReadAsync(token => store.ReadAsync(blob, token), cancellationToken);
            CollectionHead? present = content is null ? null : FormatJson.Read(BlobKind.Head, blob, content.Bytes, FormatJson.Default.CollectionHead);
            if (present?.Incarnation == head.Incarnation)
            {
                return;
            }

            RequireFree(head.Name, request, present);
            SettledWrite written = content is null
                ? await _writes.CreateAsync(blob, bytes, cancellationToken)
                : await _writes.ReplaceAsync(blob, content.Tag, bytes, cancellationToken);
            if (written.Tag is { } tag)
            {
                if (content is null)
                {
                    await TakeBackUnlessWholeAsync(backup, head, tag, cancellationToken);
                }

                return;
            }
        }
    }

    // A new name is free again after a drop, unlike a life that was replaced. So (1) an alias of that name may have come to be since we
    // looked, and (2) a runner that slept here may find that another one finished the job, that the collection was dropped again, and
    // that its blobs were collected.
    private async Task TakeBackUnlessWholeAsync(BackupRecord backup, CollectionHead head, BlobTag mine, CancellationToken cancellationToken)
    {
        try
        {
            await _aliases.RequireNoAliasAsync(head.Name, cancellationToken);
            string data = DataPaths.Incarnation(head.Incarnation);
            var there = new HashSet<string>(StringComparer.Ordinal);
            await foreach (BlobEntry entry in store.ListAsync(data, null, cancellationToken))
            {
                there.Add(entry.Name);
            }

            if (backup.Files.FirstOrDefault(file => !there.Contains(data + file.Name)) is { } missing)
            {
                throw new BigrainException(
                    ErrorCode.Conflict, $"'{data}{missing.Name}' was deleted while the restore slept: start the restore anew", "collection");
            }
        }
        catch (BigrainException)
        {
            await _writes.DeleteAsync(DataPaths.Head(head.Name), mine, cancellationToken);
            throw;
        }
    }
}
