using System.Runtime.CompilerServices;
using System.Text.Json;
using Bigrain.Index.Garbage;
using Bigrain.Index.Jobs;
using Bigrain.Index.Partitions;
using Bigrain.Index.Schema;

namespace Bigrain.Index.Backups;

/// <summary>Keeps what finished backups hold and what running backups and restores read and make.</summary>
/// <remarks>While one runs, nothing of any backup is collected, and nothing of the life of the collection it reads or makes: coarse, but it
/// needs no list of names before the first look at the collection.</remarks>
/// <param name="jobs">Where jobs are.</param>
/// <param name="backups">Where backups are.</param>
public sealed class BackupPins(JobStore jobs, BackupCatalog backups) : IPinSource
{
    /// <inheritdoc/>
    public async IAsyncEnumerable<string> ReadPinsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Jobs first: one that ends while this runs has a BACKUP by then.
        await foreach (JobRecord record in jobs.ReadAllAsync(cancellationToken))
        {
            if (!record.HasEnded)
            {
                foreach (string pin in PinsOf(record))
                {
                    yield return pin;
                }
            }
        }

        await foreach (BackupRecord backup in backups.ListAsync(cancellationToken))
        {
            foreach (string name in backup.BlobNames)
            {
                yield return name;
            }
        }
    }

    private static IEnumerable<string> PinsOf(JobRecord job)
    {
        switch (job.Kind)
        {
            case BackupJob.KindName when job.Incarnation is { } text:
                var incarnation = new CollectionIncarnation(text);
                yield return BackupPaths.Backups;
                yield return DataPaths.Incarnation(incarnation);
                for (int stream = 0; stream < (job.Body?.Deserialize(BackupJson.Default.BackupRequest)?.StreamCount ?? 0); stream++)
                {
                    yield return DataPaths.WalEntry(incarnation, stream, 1);
                }

                break;
            case RestoreJob.KindName:
                yield return BackupPaths.Backups;
                if (job.Body?.Deserialize(BackupJson.Default.RestoreRequest)?.Incarnation is { } made)
                {
                    yield return DataPaths.Incarnation(new CollectionIncarnation(made));
                }

                break;
        }
    }
}
