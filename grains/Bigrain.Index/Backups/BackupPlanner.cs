using System.Collections.Immutable;
using System.Globalization;
using System.IO.Hashing;
using Bigrain.Index.Blobs;
using Bigrain.Index.Catalog;
using Bigrain.Index.Errors;
using Bigrain.Index.Formats;
using Bigrain.Index.Log;
using Bigrain.Index.Manifests;
using Bigrain.Index.Partitions;
using Bigrain.Index.Routing;
using Bigrain.Index.Schema;

namespace Bigrain.Index.Backups;

/// <summary>Finds out what a backup has to hold, and which of it an earlier backup holds already.</summary>
/// <remarks>
/// <para>The order makes it consistent per stream: (1) HEAD and its generation, (2) the manifests, (3) the end of each log. All that a
/// manifest knows came from log entries in front of an end that is read later, so segments, delete bitmaps and the log from the lowest
/// floor on give the collection as it was at those ends.</para>
/// <para>Everything it finds must have been pinned before: what a manifest names after the pin was durable cannot be deleted while the pin
/// stands, and what an earlier backup names then neither.</para>
/// </remarks>
internal sealed class BackupPlanner(IBlobStore store, TimeProvider time, CollectionCatalog collections, BackupCatalog backups)
{
    /// <summary>Makes the plan: the record as it will be.</summary>
    public async Task<BackupRecord> PlanAsync(
        string name, string id, string collection, CollectionIncarnation incarnation, CancellationToken cancellationToken)
    {
        // 1. HEAD and its generation.
        CollectionHead? head = await collections.ReadAsync(collection, cancellationToken);
        if (head?.Incarnation != incarnation)
        {
            throw new BigrainException(ErrorCode.NotFound, $"collection '{collection}' was dropped since the backup began", "collection");
        }

        DateTimeOffset now = time.GetUtcNow();
        GenerationRecord generation = await collections.ReadGenerationAsync(incarnation, head.CurrentGeneration, cancellationToken);
        Earlier earlier = await ReadEarlierAsync(incarnation, cancellationToken);

        // 2. The manifests.
        var partitions = ImmutableArray.CreateBuilder<BackupPartition>(generation.PartitionCount);
        for (int partition = 0; partition < generation.PartitionCount; partition++)
        {
            int home = generation.HomeOf(partition);
            var manifests = new ManifestStore(store, time, incarnation, home, partition, head.Schema.StreamCount);
            partitions.Add(new BackupPartition(partition, home, (await manifests.ReadAsync(cancellationToken)).Manifest));
        }

        // 3. The ends of the logs.
        string folder = BackupPaths.Folder(name, id);
        var tally = new Tally();
        var streams = ImmutableArray.CreateBuilder<BackupLog>(head.Schema.StreamCount);
        for (int stream = 0; stream < head.Schema.StreamCount; stream++)
        {
            long first = LowestFloor(partitions, stream, head.Schema.StreamCount);
            streams.Add(await FindEndAsync(new StreamKey(incarnation, stream), first, folder, earlier, tally, cancellationToken));
        }

        var files = new List<(string Name, long LengthBytes, string Hash)>();
        await AddGenerationsAsync(files, incarnation, generation, cancellationToken);
        foreach (BackupPartition partition in partitions)
        {
            AddSegments(files, partition, incarnation);
        }

        ImmutableArray<BackupFile> placed = [.. files.Select(file => Place(file, folder, earlier, tally))];
        return new BackupRecord(
            name, id, now, head, partitions.ToImmutable(), streams.ToImmutable(), placed, tally.Bytes, tally.CopiedCount, tally.CopiedBytes);
    }

    private static long LowestFloor(IEnumerable<BackupPartition> partitions, int stream, int streamCount)
    {
        int count = partitions.Count();
        return partitions
            .Where(partition => HashRange.Overlap(partition.Partition, count, stream, streamCount))
            .Min(partition => partition.Manifest.Floors[stream]);
    }

    private static void AddSegments(List<(string Name, long LengthBytes, string Hash)> files, BackupPartition partition, CollectionIncarnation incarnation)
    {
        foreach (SegmentDescriptor segment in partition.Manifest.Segments)
        {
            IEnumerable<SegmentFile> all = segment.DeletesFile is { } deletes ? segment.Files.Add(deletes) : segment.Files;
            files.AddRange(all.Select(file => (
                BackupPaths.Relative(incarnation, DataPaths.SegmentFile(incarnation, partition.Home, partition.Partition, segment.Name, file.Name)),
                file.LengthBytes,
                file.XxHash128)));
        }
    }

    private static BackupFile Place((string Name, long LengthBytes, string Hash) file, string folder, Earlier earlier, Tally tally)
    {
        bool isCopied = earlier.Files.TryGetValue(file.Name, out BackupFile? known) && known.XxHash128 == file.Hash && known.LengthBytes == file.LengthBytes;
        tally.Add(file.LengthBytes, isCopied);
        return isCopied ? known! : new BackupFile(file.Name, folder, file.LengthBytes, file.Hash);
    }

    private async Task<Earlier> ReadEarlierAsync(CollectionIncarnation incarnation, CancellationToken cancellationToken)
    {
        var earlier = new Earlier();
        await foreach (BackupRecord backup in backups.ListAsync(cancellationToken))
        {
            if (backup.Head.Incarnation == incarnation)
            {
                earlier.Add(backup);
            }
        }

        return earlier;
    }

    private async Task AddGenerationsAsync(
        List<(string Name, long LengthBytes, string Hash)> files, CollectionIncarnation incarnation, GenerationRecord current, CancellationToken cancellationToken)
    {
        IEnumerable<int> homes = Enumerable.Range(0, current.PartitionCount).Select(current.HomeOf).Append(current.Generation).Distinct().Order();
        foreach (int number in homes)
        {
            string blob = DataPaths.Generation(incarnation, number);
            BlobContent content = await store.ReadAsync(blob, cancellationToken)
                ?? throw new CorruptBlobException(blob, 0, "a generation that the current one shares partitions with", "no blob");
            GenerationRecord generation = FormatJson.Read(BlobKind.Generation, blob, content.Bytes, FormatJson.Default.GenerationRecord);
            files.Add((BackupPaths.Relative(incarnation, blob), content.Bytes.Length, Convert.ToHexStringLower(XxHash128.Hash(content.Bytes.Span))));
            foreach (GenerationRepresentation representation in generation.Representations)
            {
                if (representation.Tables is { } tables)
                {
                    string name = BackupPaths.Relative(incarnation, DataPaths.Tables(incarnation, tables.Generation, representation.Name));
                    if (!files.Any(file => file.Name == name))
                    {
                        files.Add((name, tables.LengthBytes, tables.XxHash128));
                    }
                }
            }
        }
    }

    private async Task<BackupLog> FindEndAsync(
        StreamKey key, long first, string folder, Earlier earlier, Tally tally, CancellationToken cancellationToken)
    {
        string prefix = DataPaths.Wal(key.Incarnation, key.Stream);
        long last = first - 1;
        string? after = first > 1 ? DataPaths.WalEntry(key.Incarnation, key.Stream, first - 1) : null;
        var runs = ImmutableArray.CreateBuilder<BackupLogRun>();
        await foreach (BlobEntry entry in store.ListAsync(prefix, after, cancellationToken))
        {
            if (!long.TryParse(entry.Name.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out long sequence) || sequence < first)
            {
                continue;
            }

            for (; last + 1 < sequence; last++)
            {
                // Not listed, though a later one is: the listing may have missed it, but it must be there.
                string name = DataPaths.WalEntry(key.Incarnation, key.Stream, last + 1);
                BlobProperties present = await store.GetPropertiesAsync(name, cancellationToken)
                    ?? throw new CorruptBlobException(name, 0, "a log entry, as later ones exist", "no blob");
                Add(last + 1, present.LengthBytes);
            }

            Add(sequence, entry.LengthBytes);
            last = sequence;
        }

        string epochName = DataPaths.Epoch(key.Incarnation, key.Stream);
        BlobContent? epoch = await store.ReadAsync(epochName, cancellationToken);
        if (epoch is null && last >= first)
        {
            throw new CorruptBlobException(epochName, 0, "an epoch, as a log exists", "no blob");
        }

        return new BackupLog(key.Stream, epoch is null ? 0 : StreamLog.Decode(epochName, epoch).Epoch, first, last, runs.ToImmutable());

        void Add(long sequence, long lengthBytes)
        {
            string? known = earlier.FolderOf(key.Stream, sequence);
            string place = known ?? folder;
            tally.Add(lengthBytes, known is not null);
            if (runs.Count > 0 && runs[^1].Folder == place)
            {
                runs[^1] = runs[^1] with { Last = sequence };
            }
            else
            {
                runs.Add(new BackupLogRun(place, sequence, sequence));
            }
        }
    }

    /// <summary>What earlier backups of this life of the collection hold.</summary>
    private sealed class Earlier
    {
        private readonly Dictionary<int, List<BackupLogRun>> _runs = [];

        public Dictionary<string, BackupFile> Files { get; } = new(StringComparer.Ordinal);

        public void Add(BackupRecord backup)
        {
            foreach (BackupFile file in backup.Files)
            {
                Files.TryAdd(file.Name, file);
            }

            foreach (BackupLog stream in backup.Streams)
            {
                if (!_runs.TryGetValue(stream.Stream, out List<BackupLogRun>? runs))
                {
                    _runs[stream.Stream] = runs = [];
                }

                runs.AddRange(stream.Runs);
            }
        }

        public string? FolderOf(int stream, long sequence) =>
            _runs.GetValueOrDefault(stream)?.Find(run => run.First <= sequence && sequence <= run.Last)?.Folder;
    }

    private sealed class Tally
    {
        public long Bytes { get; private set; }

        public long CopiedCount { get; private set; }

        public long CopiedBytes { get; private set; }

        public void Add(long bytes, bool isThere)
        {
            Bytes += bytes;
            CopiedCount += isThere ? 0 : 1;
            CopiedBytes += isThere ? 0 : bytes;
        }
    }
}
