using System.Collections.Immutable;
using Bigrain.Faults.Simulation;
using Bigrain.Index.Blobs;
using Bigrain.Index.Catalog;
using Bigrain.Index.Errors;
using Bigrain.Index.Log;
using Bigrain.Index.Manifests;
using Bigrain.Index.Partitions;
using Bigrain.Index.Schema;

namespace Bigrain.Faults.Garbage;

/// <summary>A rebuild as its job does it: a number, a pin, GENERATION, HEAD.building, pinned sources, partitions, publish, and the pin goes.</summary>
internal sealed class GarbageReindex(SimulatedProcess process, CollectionHead first, string pin)
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly CollectionCatalog _catalog = new(process.Store, process.Time, process.Random);
    private readonly StreamKey _stream = new(first.Incarnation, 0);
    private int _generation;

    /// <summary>Does it.</summary>
    /// <param name="onlyPartition">The one partition to rebuild; null for all.</param>
    /// <param name="flaws">Planted bugs.</param>
    /// <exception cref="SimulationFailure">Something that it had pinned is gone.</exception>
    public async Task RunAsync(int? onlyPartition, GarbageWorldFlaws flaws)
    {
        // 1: a number, and a pin on its folder before anything is in it.
        CollectionHead head = await UpdateAsync(now => now with { LastGeneration = _generation = now.NextGeneration });
        string folder = DataPaths.GenerationFolder(first.Incarnation, _generation);
        BlobTag tag = await process.Store.CreateAsync(pin, SimulatedPins.Format([folder]), None) ?? throw Lost();

        // 2
        GenerationRecord current = await _catalog.ReadGenerationAsync(first.Incarnation, head.CurrentGeneration, None);
        ImmutableArray<int> homes =
            [.. Enumerable.Range(0, current.PartitionCount).Select(partition => onlyPartition is null || onlyPartition == partition ? _generation : current.HomeOf(partition))];
        var record = new GenerationRecord(_generation, current.PartitionCount, 1, [new GenerationRepresentation("default", CodecSpec.Flat)], process.Time.GetUtcNow()) { Homes = homes };
        await _catalog.WriteGenerationAsync(first.Incarnation, record, None);
        await UpdateAsync(now => now.BuildingGeneration is null && now.LastGeneration == _generation && now.CurrentGeneration == head.CurrentGeneration ? now with { BuildingGeneration = _generation } : throw Lost());

        // 3: pin, then look again.
        ManifestSnapshot[] sources;
        SimulatedPartition[] partitions = [.. Enumerable.Range(0, current.PartitionCount).Select(partition => Of(current.HomeOf(partition), partition))];
        while (true)
        {
            sources = await ReadAsync(partitions);
            tag = await process.Store.ReplaceAsync(
                pin, tag, SimulatedPins.Format(partitions.SelectMany((source, i) => source.FilesOf(sources[i].Manifest)).Append(folder)), None) ?? throw Lost();
            if (flaws.HasFlag(GarbageWorldFlaws.TrustFirstPin) || (await ReadAsync(partitions)).Zip(sources).All(pair => pair.First.Tag == pair.Second.Tag))
            {
                break;
            }
        }

        // 4
        for (int partition = 0; partition < partitions.Length; partition++)
        {
            if (homes[partition] == _generation && await Of(_generation, partition).BuildAsync(partitions[partition], sources[partition].Manifest) is { } missing)
            {
                bool isHeld = (await process.Store.GetPropertiesAsync(pin, None))?.Tag == tag && (await _catalog.ReadAsync(first.Name, None))?.Incarnation == first.Incarnation;
                throw isHeld ? new SimulationFailure($"'{missing}' was pinned by {pin} and is gone") : Lost();
            }
        }

        // 5
        for (int partition = 0; partition < partitions.Length; partition++)
        {
            if (homes[partition] == _generation && (await Of(_generation, partition).Manifests.ReadAsync(None)).Tag is null)
            {
                throw Lost();
            }
        }

        await UpdateAsync(now => now.CurrentGeneration == _generation ? now : now.BuildingGeneration != _generation ? throw Lost() : now with
        {
            CurrentGeneration = _generation,
            PreviousGeneration = now.CurrentGeneration,
            BuildingGeneration = null,
            PublishedAt = process.Time.GetUtcNow(),
        });
        await process.Store.DeleteAsync(pin, null, None);
    }

    /// <summary>Takes back what a rebuild left that did not come to its end, as the next runner of its job does: HEAD first, where the
    /// number is used up, so that a runner who sleeps before its own swap of HEAD loses; then the pin.</summary>
    /// <returns>Whether there was a pin.</returns>
    public static async Task<bool> UndoAsync(SimulatedProcess process, CollectionHead first, string pin)
    {
        if (await process.Store.ReadAsync(pin, None) is not { } record)
        {
            return false;
        }

        string folder = System.Text.Encoding.UTF8.GetString(record.Bytes.Span).Split('\n')[^1];
        int generation = int.Parse(folder.Split('/')[^2], System.Globalization.CultureInfo.InvariantCulture);
        try
        {
            await new CollectionCatalog(process.Store, process.Time, process.Random).UpdateAsync(
                first.Name, first.Incarnation, now => IsUnpublished(now) ? now with { BuildingGeneration = null, LastGeneration = generation + 1 } : null, None);
        }
        catch (BigrainException gone) when (gone.Code == ErrorCode.NotFound)
        {
            // Dropped.
        }

        await process.Store.DeleteAsync(pin, null, None);
        return true;

        bool IsUnpublished(CollectionHead now) => now.LastGeneration == generation && now.CurrentGeneration != generation && now.PreviousGeneration != generation;
    }

    private SimulatedPartition Of(int generation, int partition) => new(process, _stream, generation, partition);

    private Task<CollectionHead> UpdateAsync(Func<CollectionHead, CollectionHead?> change) => _catalog.UpdateAsync(first.Name, first.Incarnation, change, None);

    private static async Task<ManifestSnapshot[]> ReadAsync(SimulatedPartition[] partitions)
    {
        var snapshots = new ManifestSnapshot[partitions.Length];
        for (int i = 0; i < partitions.Length; i++)
        {
            snapshots[i] = await partitions[i].Manifests.ReadAsync(None);
        }

        return snapshots;
    }

    private static BigrainException Lost() => new(ErrorCode.Conflict, "the rebuild was given up or overtaken");
}
