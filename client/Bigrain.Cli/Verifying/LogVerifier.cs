using System.Globalization;
using Bigrain.Cli.Reports;
using Bigrain.Index.Blobs;
using Bigrain.Index.Catalog;
using Bigrain.Index.Log;
using Bigrain.Index.Manifests;
using Bigrain.Index.Partitions;
using Bigrain.Index.Routing;

namespace Bigrain.Cli.Verifying;

/// <summary>Reads the log of a stream again and holds it against its EPOCH and against the manifests of the partitions that follow it.</summary>
/// <remarks>What it cannot see: that the very last entries are gone, when no manifest covers them and nothing else speaks of them.</remarks>
internal sealed class LogVerifier(IBlobStore store, CollectionCatalog catalog, TimeProvider clock, DamageList damage)
{
    /// <summary>Most missing entries named of one gap.</summary>
    private const int MostMissing = 100;

    /// <summary>Verifies one stream.</summary>
    public async Task VerifyAsync(CollectionHead head, int stream, CancellationToken cancellationToken)
    {
        var key = new StreamKey(head.Incarnation, stream);
        LogReader reader = new(store, key);
        long? floor = null;
        if (!await damage.TryAsync(async () => floor = await reader.ReadFloorAsync(cancellationToken)))
        {
            // Without a floor nobody knows where the log begins; what is there can still be read.
            await ReadAllAsync(reader, key, null, cancellationToken);
            return;
        }

        long end = await ReadAllAsync(reader, key, floor, cancellationToken);
        if (floor is null && end > 0 && await reader.ReadFloorAsync(cancellationToken) is null)
        {
            damage.Add(new VerifyDamage(DataPaths.Epoch(key.Incarnation, key.Stream), 0, "an epoch, as a log exists", "no blob"));
            return;
        }

        await CompareAsync(head, key, reader, end, cancellationToken);
    }

    /// <summary>Reads every entry from the floor on; what is missing in between is noted, unless it was trimmed meanwhile.</summary>
    /// <returns>The first sequence behind the last entry; 0 when there is neither a floor nor an entry.</returns>
    private async Task<long> ReadAllAsync(LogReader reader, StreamKey key, long? floor, CancellationToken cancellationToken)
    {
        string prefix = DataPaths.Wal(key.Incarnation, key.Stream);
        long expected = floor ?? 0;
        await foreach (BlobEntry entry in store.ListAsync(prefix, null, cancellationToken))
        {
            if (!long.TryParse(entry.Name.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out long sequence) || sequence < Math.Max(1, expected))
            {
                continue;
            }

            if (expected > 0 && expected < sequence)
            {
                await NoteMissingAsync(reader, key, expected, sequence, cancellationToken);
            }

            expected = sequence + 1;
            await damage.TryAsync(() => reader.ReadAsync(sequence, cancellationToken));
        }

        return expected;
    }

    // Sequences have no gaps: what follows a missing entry would never be replayed.
    private async Task NoteMissingAsync(LogReader reader, StreamKey key, long first, long end, CancellationToken cancellationToken)
    {
        long floor = await reader.ReadFloorAsync(cancellationToken) ?? 1;
        for (long sequence = Math.Max(first, floor), noted = 0; sequence < end && noted < MostMissing; sequence++)
        {
            string name = DataPaths.WalEntry(key.Incarnation, key.Stream, sequence);
            if (await store.GetPropertiesAsync(name, cancellationToken) is null)
            {
                damage.Add(new VerifyDamage(name, 0, "a log entry", "no blob"));
                noted++;
            }
        }
    }

    /// <summary>A partition replays from its manifest's floor: the log must reach down to it, and up to it.</summary>
    private async Task CompareAsync(CollectionHead head, StreamKey key, LogReader reader, long end, CancellationToken cancellationToken)
    {
        foreach (int number in head.Generations)
        {
            GenerationRecord generation;
            try
            {
                generation = await catalog.ReadGenerationAsync(head.Incarnation, number, cancellationToken);
            }
            catch (CorruptBlobException)
            {
                continue; // noted, or forgotten since
            }

            for (int partition = 0; partition < generation.PartitionCount; partition++)
            {
                if (HashRange.Overlap(partition, generation.PartitionCount, key.Stream, head.Schema.StreamCount))
                {
                    var manifests = new ManifestStore(
                        store, clock, head.Incarnation, generation.HomeOf(partition), partition, head.Schema.StreamCount);
                    await CompareAsync(head, number, manifests, key, reader, end, cancellationToken);
                }
            }
        }
    }

    private async Task CompareAsync(
        CollectionHead head, int generation, ManifestStore manifests, StreamKey key, LogReader reader, long end, CancellationToken cancellationToken)
    {
        try
        {
            // The floor first, and the manifest after it: a log is trimmed only below floors that are committed.
            long floor = await reader.ReadFloorAsync(cancellationToken) ?? 1;
            ManifestSnapshot manifest = await manifests.ReadAsync(cancellationToken);
            long replayed = manifest.Manifest.Floors[key.Stream];
            if (replayed < floor && await IsNamedAsync(head, generation, cancellationToken))
            {
                damage.Add(new VerifyDamage(
                    manifests.BlobName,
                    0,
                    FormattableString.Invariant($"a floor of stream {key.Stream} at or above {floor}, where its log begins"),
                    manifest.Tag is null ? "no blob" : FormattableString.Invariant($"{replayed}")));
            }

            if (replayed > end)
            {
                // Entries that were added since the log was read are no loss, and those it has may be trimmed.
                await NoteMissingAsync(reader, key, Math.Max(end, 1), replayed, cancellationToken);
            }
        }
        catch (CorruptBlobException)
        {
            // Noted where the partition was read.
        }
    }

    private async Task<bool> IsNamedAsync(CollectionHead head, int generation, CancellationToken cancellationToken) =>
        await catalog.ReadAsync(head.Name, cancellationToken) is { } now && now.Incarnation == head.Incarnation && now.Generations.Contains(generation);
}
