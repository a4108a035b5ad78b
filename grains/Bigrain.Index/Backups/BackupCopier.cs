using Bigrain.Index.Blobs;
using Bigrain.Index.Partitions;

namespace Bigrain.Index.Backups;

/// <summary>Makes the copies that a plan asks for; doing it again changes nothing.</summary>
internal sealed class BackupCopier(IBlobStore store)
{
    private const int Parallelism = 8;

    /// <summary>Copies all that is to be in the backup's own folder.</summary>
    /// <param name="plan">What to copy.</param>
    /// <param name="progress">Told the bytes done after each blob.</param>
    /// <param name="cancellationToken">Stops between two blobs.</param>
    /// <exception cref="CorruptBlobException">A blob that the collection needs is missing or has another length.</exception>
    public async Task CopyAsync(BackupRecord plan, Func<long, CancellationToken, Task> progress, CancellationToken cancellationToken)
    {
        string data = DataPaths.Incarnation(plan.Head.Incarnation);
        string own = plan.Folder;
        long done = 0;
        IEnumerable<(string Name, long? LengthBytes)> work = plan.Files
            .Where(file => file.Folder == own)
            .Select(static file => (file.Name, (long?)file.LengthBytes))
            .Concat(
                from stream in plan.Streams
                from run in stream.Runs
                where run.Folder == own
                from sequence in BackupPaths.Sequences(run)
                select (BackupPaths.LogEntry(stream.Stream, sequence), (long?)null));
        await Parallel.ForEachAsync(
            work,
            new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken },
            async (item, token) =>
            {
                long bytes = await BlobCopies.CopyAsync(store, data + item.Name, own + item.Name, item.LengthBytes, token);
                await progress(Interlocked.Add(ref done, bytes), token);
            });
    }
}
