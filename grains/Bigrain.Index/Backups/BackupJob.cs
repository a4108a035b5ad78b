using System.Globalization;
using Bigrain.Index.Blobs;
using Bigrain.Index.Catalog;
using Bigrain.Index.Formats;
using Bigrain.Index.Jobs;
using Bigrain.Index.Partitions;
using Bigrain.Index.Schema;

namespace Bigrain.Index.Backups;

/// <summary>Makes a backup of a collection while it is read and written.</summary>
/// <remarks>Steps, each safe to do twice: (1) make a plan and store it beside the job, (2) copy what no earlier backup has, (3) write BACKUP.
/// From the job's record on, its pins keep all that a plan can name: <see cref="BackupPins"/>.</remarks>
/// <param name="store">The store.</param>
/// <param name="time">Clock.</param>
/// <param name="collections">Where collections are.</param>
/// <param name="backups">Where backups are.</param>
/// <param name="failPoints">Where the process can be made to die.</param>
public sealed class BackupJob(
    IBlobStore store, TimeProvider time, CollectionCatalog collections, BackupCatalog backups, IFailPoints failPoints) : IJobKind
{
    /// <summary>Name of the kind.</summary>
    public const string KindName = "backup";

    private readonly SettledWrites _writes = new(store, time);

    /// <inheritdoc/>
    public string Name => KindName;

    /// <inheritdoc/>
    public async Task RunAsync(JobContext job, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(job);
        BackupRequest request = job.ReadBody(BackupJson.Default.BackupRequest);
        Names.Validate(request.Name, "name");
        job.Unit = "bytes";
        if (await backups.ReadAsync(request.Name, cancellationToken) is { } finished)
        {
            Finish(job, finished.Id == job.Id ? finished : throw BackupCatalog.NameTaken(request.Name));
            return;
        }

        // 1. The plan.
        await job.SaveAsync("planned", 0, 0, cancellationToken);
        BackupRecord plan = await PlanAsync(job, request, cancellationToken);
        failPoints.Hit("backup.planned");

        // 2. The copies.
        await job.SaveAsync("copying", 0, plan.CopiedBytes, cancellationToken);
        await new BackupCopier(store).CopyAsync(plan, (done, token) => job.ReportAsync(done, plan.CopiedBytes, token), cancellationToken);
        failPoints.Hit("backup.copied");

        // 3. BACKUP.
        await job.SaveAsync(
            record => record with { Stage = "finishing", Done = plan.CopiedBytes, Total = plan.CopiedBytes, IsCommitted = true }, cancellationToken);
        await backups.CommitAsync(plan, cancellationToken);
        failPoints.Hit("backup.committed");
        Finish(job, plan);
    }

    /// <summary>Where a job keeps its plan.</summary>
    internal static string PlanName(string id) => DataPaths.JobData(id) + "plan";

    private static void Finish(JobContext job, BackupRecord backup) => job.SetResult(
        new BackupResult(backup.Name, backup.BlobCount, backup.Bytes, backup.CopiedCount, backup.CopiedBytes), BackupJson.Default.BackupResult);

    private async Task<BackupRecord> PlanAsync(JobContext job, BackupRequest request, CancellationToken cancellationToken)
    {
        string blob = PlanName(job.Id);
        BlobContent? stored = await _writes.ReadAsync(token => store.ReadAsync(blob, token), cancellationToken);
        if (stored is null)
        {
            var incarnation = new CollectionIncarnation(job.Record.Incarnation
                ?? throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"job {job.Id} names no incarnation")));
            BackupRecord plan = await new BackupPlanner(store, time, collections, backups)
                .PlanAsync(request.Name, job.Id, job.Collection, incarnation, cancellationToken);
            SettledWrite written = await _writes.CreateAsync(
                blob, FormatJson.Write(BlobKind.Backup, plan, FormatJson.Default.BackupRecord), cancellationToken);
            if (written.Tag is not null)
            {
                return plan;
            }

            // Another runner was faster; its plan is as good.
            stored = written.Found ?? throw new BlobStoreException("create", blob, BlobFailure.Transient);
        }

        return FormatJson.Read(BlobKind.Backup, blob, stored.Bytes, FormatJson.Default.BackupRecord);
    }
}
