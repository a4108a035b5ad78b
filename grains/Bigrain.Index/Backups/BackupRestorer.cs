using System.IO.Hashing;
using Bigrain.Index.Blobs;
using Bigrain.Index.Catalog;
using Bigrain.Index.Formats;
using Bigrain.Index.Log;
using Bigrain.Index.Manifests;
using Bigrain.Index.Partitions;
using Bigrain.Index.Schema;
using Bigrain.Index.Segments.Files;

namespace Bigrain.Index.Backups;

/// <summary>Makes a new life of a collection from a backup, up to but without its HEAD; doing it again changes nothing.</summary>
internal sealed class BackupRestorer(IBlobStore store, TimeProvider time)
{
    private const int Parallelism = 8;

    private readonly SettledWrites _writes = new(store, time);

    /// <summary>Reads every byte of a backup and compares it with its hash; nothing is written.</summary>
    /// <param name="backup">The backup.</param>
    /// <param name="progress">Told the bytes done after each blob.</param>
    /// <param name="cancellationToken">Stops between two reads.</param>
    /// <exception cref="CorruptBlobException">A blob is missing or damaged; it names the blob.</exception>
    public async Task CheckAsync(BackupRecord backup, Func<long, CancellationToken, Task> progress, CancellationToken cancellationToken)
    {
        long done = 0;
        ParallelOptions options = new() { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(backup.Files, options, async (file, token) =>
        {
            await CheckAsync(file, token);
            await progress(Interlocked.Add(ref done, file.LengthBytes), token);
        });
        await Parallel.ForEachAsync(LogOf(backup), options, async (item, token) =>
        {
            LogEntry entry = await ReadAsync(backup, item, token);
            await progress(Interlocked.Add(ref done, entry.Bytes.Length), token);
        });
    }

    /// <summary>Writes everything but HEAD under a new incarnation.</summary>
    /// <param name="backup">The backup, checked.</param>
    /// <param name="incarnation">The new life; nobody else knows it.</param>
    /// <param name="progress">Told the bytes done after each blob.</param>
    /// <param name="cancellationToken">Stops between two blobs.</param>
    /// <exception cref="CorruptBlobException">A blob is missing or damaged.</exception>
    public async Task WriteAsync(
        BackupRecord backup, CollectionIncarnation incarnation, Func<long, CancellationToken, Task> progress, CancellationToken cancellationToken)
    {
        long done = 0;
        ParallelOptions options = new() { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(backup.Files, options, async (file, token) =>
        {
            string to = DataPaths.Incarnation(incarnation) + file.Name;
            long bytes = await BlobCopies.CopyAsync(store, file.BlobName, to, file.LengthBytes, token);
            await progress(Interlocked.Add(ref done, bytes), token);
        });

        // A log entry carries the hash of its incarnation, so it is written anew.
        await Parallel.ForEachAsync(LogOf(backup), options, async (item, token) =>
        {
            LogEntry old = await ReadAsync(backup, item, token);
            var key = new StreamKey(incarnation, item.Stream);
            LogEntry entry = LogEntry.Create(key, old.Sequence, old.Epoch, old.IsFence, old.WrittenAt, old.Batches);
            await CreateAsync(DataPaths.WalEntry(incarnation, item.Stream, item.Sequence), entry.Bytes, token);
            await progress(Interlocked.Add(ref done, entry.Bytes.Length), token);
        });
        foreach (BackupLog stream in backup.Streams.Where(static stream => stream.Epoch > 0))
        {
            string name = DataPaths.Epoch(incarnation, stream.Stream);
            var epoch = new StreamEpoch(stream.Epoch, incarnation.Value, stream.First) { Of = name };
            await CreateAsync(name, FormatJson.Write(BlobKind.Epoch, epoch, FormatJson.Default.StreamEpoch), cancellationToken);
        }

        foreach (BackupPartition partition in backup.Partitions.Where(static partition => partition.Manifest.Revision > 0))
        {
            var manifests = new ManifestStore(store, time, incarnation, partition.Home, partition.Partition, backup.Head.Schema.StreamCount);
            ManifestSnapshot present = await manifests.ReadAsync(cancellationToken);
            if (present.Tag is null)
            {
                await manifests.TrySwapAsync(present, partition.Manifest with { Revision = 1 }, cancellationToken);
            }
        }
    }

    /// <summary>The HEAD of the new life.</summary>
    public CollectionHead HeadOf(BackupRecord backup, string collection, CollectionIncarnation incarnation) =>
        backup.Head with
        {
            Name = collection,
            Incarnation = incarnation,
            PreviousGeneration = null,
            BuildingGeneration = null,
            LastGeneration = backup.Head.NextGeneration > backup.Head.CurrentGeneration + 1 ? backup.Head.NextGeneration - 1 : null,
            PublishedAt = null,
            CreatedAt = time.GetUtcNow(),
        };

    private static IEnumerable<(int Stream, long Sequence, string BlobName)> LogOf(BackupRecord backup) =>
        from stream in backup.Streams
        from run in stream.Runs
        from sequence in BackupPaths.Sequences(run)
        select (stream.Stream, sequence, run.Folder + BackupPaths.LogEntry(stream.Stream, sequence));

    private async Task CheckAsync(BackupFile file, CancellationToken cancellationToken)
    {
        BlobProperties? present = await store.GetPropertiesAsync(file.BlobName, cancellationToken);
        if (present is null || present.LengthBytes != file.LengthBytes)
        {
            throw new CorruptBlobException(
                file.BlobName, 0, FormattableString.Invariant($"{file.LengthBytes} bytes"), present is null ? "no blob" : FormattableString.Invariant($"{present.LengthBytes}"));
        }

        XxHash128? hash = await SegmentUpload.HashAsync(store, file.BlobName, file.LengthBytes, cancellationToken);
        string found = hash is null ? "fewer bytes" : Convert.ToHexStringLower(hash.GetCurrentHash());
        if (found != file.XxHash128)
        {
            throw new CorruptBlobException(file.BlobName, 0, $"xxh128 {file.XxHash128} over the whole blob", found);
        }
    }

    private async Task<LogEntry> ReadAsync(BackupRecord backup, (int Stream, long Sequence, string BlobName) item, CancellationToken cancellationToken)
    {
        BlobContent content = await store.ReadAsync(item.BlobName, cancellationToken)
            ?? throw new CorruptBlobException(item.BlobName, 0, "a log entry of the backup", "no blob");
        return LogEntry.Parse(new StreamKey(backup.Head.Incarnation, item.Stream), item.Sequence, item.BlobName, content.Bytes);
    }

    private async Task CreateAsync(string name, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        SettledWrite written = await _writes.CreateAsync(name, bytes, cancellationToken);
        if (written.Tag is null)
        {
            throw new BlobStoreException("create", name, BlobFailure.Permanent, new InvalidOperationException("other content has that name"));
        }
    }
}
