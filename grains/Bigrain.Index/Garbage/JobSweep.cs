using Bigrain.Index.Blobs;
using Bigrain.Index.Jobs;
using Bigrain.Index.Partitions;

namespace Bigrain.Index.Garbage;

/// <summary>Removes jobs that ended long ago, and what jobs kept that are gone.</summary>
internal sealed class JobSweep(GarbageServices services)
{
    private readonly JobStore _jobs = new(services.Store, services.Time);

    /// <summary>Does it.</summary>
    public async Task RunAsync(GarbagePass pass, CancellationToken cancellationToken)
    {
        // Data before records: data that is listed belongs to a record made before it is looked for, or to none yet.
        List<BlobEntry> data = await ListAsync(DataPaths.AllJobData, cancellationToken);
        DateTimeOffset latest = services.Time.GetUtcNow() - services.KeepJobs;
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (BlobEntry entry in await ListAsync(DataPaths.Jobs, cancellationToken))
        {
            known.Add(JobStore.IdOf(entry));
            if (entry.ModifiedAt <= latest)
            {
                await SweepAsync(pass, entry, latest, cancellationToken);
            }
        }

        foreach (BlobEntry entry in data)
        {
            string id = entry.Name[DataPaths.AllJobData.Length..].Split('/')[0];
            if (known.Contains(id))
            {
                continue;
            }

            var garbage = new CondemnedBlob(entry, GarbageKind.Jobs, DataPaths.JobData(id), IsFenced: true);
            if (pass.MayDelete(garbage))
            {
                await services.Store.DeleteAsync(entry.Name, null, cancellationToken);
                pass.Tally.AddDeleted(GarbageKind.Jobs, entry.LengthBytes);
            }
            else
            {
                pass.Keep(garbage);
                pass.Tally.AddKept(GarbageKind.Jobs, entry.LengthBytes);
            }
        }
    }

    private async Task SweepAsync(GarbagePass pass, BlobEntry entry, DateTimeOffset latest, CancellationToken cancellationToken)
    {
        if (await _jobs.ReadAsync(JobStore.IdOf(entry), cancellationToken) is not { Record.EndedAt: { } endedAt } job || endedAt > latest)
        {
            return;
        }

        if (pass.Deletes && await _jobs.RemoveAsync(job, cancellationToken))
        {
            pass.Tally.AddDeleted(GarbageKind.Jobs, entry.LengthBytes);
        }
        else
        {
            pass.Tally.AddKept(GarbageKind.Jobs, entry.LengthBytes);
        }
    }

    private async Task<List<BlobEntry>> ListAsync(string prefix, CancellationToken cancellationToken)
    {
        var entries = new List<BlobEntry>();
        await foreach (BlobEntry entry in services.Store.ListAsync(prefix, null, cancellationToken))
        {
            entries.Add(entry);
        }

        return entries;
    }
}
