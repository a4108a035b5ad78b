using System.Globalization;
using System.Runtime.CompilerServices;
using Bigrain.Index.Blobs;
using Bigrain.Index.Catalog;
using Bigrain.Index.Formats;
using Bigrain.Index.Garbage;
using Bigrain.Index.Manifests;
using Bigrain.Index.Partitions;
using Bigrain.Index.Schema;
using Bigrain.TestKit.Blobs;

namespace Bigrain.Faults.Garbage;

/// <summary>The store itself, which knows at every moment what HEADs lead to: nothing of it may be deleted, and nothing that is gone
/// may be led to.</summary>
internal sealed class GarbageAudit(MemoryBlobStore inner) : IBlobStore
{
    private readonly Dictionary<string, CollectionHead> _heads = new(StringComparer.Ordinal);
    private readonly Dictionary<string, GenerationRecord> _generations = new(StringComparer.Ordinal);
    private readonly Dictionary<string, PartitionManifest> _manifests = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _floors = new(StringComparer.Ordinal);

    /// <summary>The first promise that was broken; null while all stand.</summary>
    public SimulationFailure? Failure { get; private set; }

    /// <summary>Blobs deleted below <c>data/</c>.</summary>
    public int DeletedCount { get; private set; }

    /// <summary>What happened to the store, for the message of a failed run.</summary>
    public Action<string>? Note { get; set; }

    public async ValueTask<BlobTag?> CreateAsync(string name, Stream content, CancellationToken cancellationToken)
    {
        byte[] bytes = new byte[content.Length - content.Position];
        content.ReadExactly(bytes);
        BlobTag? tag = await inner.CreateAsync(name, bytes, cancellationToken);
        Written(name, tag, bytes);
        return tag;
    }

    public async ValueTask<BlobTag?> ReplaceAsync(string name, BlobTag expected, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        BlobTag? tag = await inner.ReplaceAsync(name, expected, content, cancellationToken);
        Written(name, tag, content);
        return tag;
    }

    public async ValueTask<bool> DeleteAsync(string name, BlobTag? expected, CancellationToken cancellationToken)
    {
        bool deleted = await inner.DeleteAsync(name, expected, cancellationToken);
        if (deleted)
        {
            Require(WhyNeeded(name) is not { } why, $"'{name}' was deleted: {WhyNeeded(name)}");
            _heads.Remove(name);
            _generations.Remove(name);
            _manifests.Remove(name);
            _floors.Remove(name);
            DeletedCount += name.StartsWith(DataPaths.Data, StringComparison.Ordinal) ? 1 : 0;
            Note?.Invoke($"deleted {name}");
        }

        return deleted;
    }

    public ValueTask<BlobContent?> ReadAsync(string name, CancellationToken cancellationToken) => inner.ReadAsync(name, cancellationToken);

    public ValueTask<int?> ReadRangeAsync(string name, long offset, Memory<byte> destination, CancellationToken cancellationToken) =>
        inner.ReadRangeAsync(name, offset, destination, cancellationToken);

    public ValueTask<BlobProperties?> GetPropertiesAsync(string name, CancellationToken cancellationToken) =>
        inner.GetPropertiesAsync(name, cancellationToken);

    public ValueTask<BlobTag?> CopyAsync(string from, string to, CancellationToken cancellationToken) => inner.CopyAsync(from, to, cancellationToken);

    public async IAsyncEnumerable<BlobEntry> ListAsync(string prefix, string? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (BlobEntry entry in inner.ListAsync(prefix, after, cancellationToken))
        {
            yield return entry;
        }
    }

    private void Written(string name, BlobTag? tag, ReadOnlyMemory<byte> content)
    {
        if (tag is null)
        {
            return;
        }

        if (name.EndsWith("/HEAD", StringComparison.Ordinal))
        {
            CollectionHead head = FormatJson.Read(BlobKind.Head, name, content, FormatJson.Default.CollectionHead);
            bool isNew = !_heads.ContainsKey(name);
            _heads[name] = head;
            Note?.Invoke($"HEAD {head.Name} {head.Incarnation.Value[..6]}: {head.CurrentGeneration} after {head.PreviousGeneration}, building {head.BuildingGeneration}, last {head.LastGeneration}");
            RequireWhole(head, isNew);
        }
        else if (name.EndsWith("/GENERATION", StringComparison.Ordinal))
        {
            _generations[name] = FormatJson.Read(BlobKind.Generation, name, content, FormatJson.Default.GenerationRecord);
        }
        else if (name.EndsWith("/EPOCH", StringComparison.Ordinal))
        {
            _floors[name] = FormatJson.Read(BlobKind.Epoch, name, content, FormatJson.Default.StreamEpoch).Floor;
            if (DataBlob.TryParse(name, out DataBlob blob) && FloorOf(blob.Incarnation) is { } floor)
            {
                Require(_floors[name] <= floor, $"the floor of the log is {_floors[name]} and a partition needs {floor}");
            }
        }
        else if (name.EndsWith("/MANIFEST", StringComparison.Ordinal))
        {
            _manifests[name] = FormatJson.Read(BlobKind.Manifest, name, content, FormatJson.Default.PartitionManifest);
            if (DataBlob.TryParse(name, out DataBlob blob) && HeadOf(blob.Incarnation) is { } head && PartitionsOf(head).Contains((blob.Generation, blob.Partition)))
            {
                RequireWhole(name);
                Require(
                    !_floors.TryGetValue(DataPaths.Epoch(blob.Incarnation, 0), out long floor) || floor <= _manifests[name].Floors[0],
                    string.Create(CultureInfo.InvariantCulture, $"'{name}' needs the log from {_manifests[name].Floors[0]}, and its floor is {floor}"));
            }
        }
    }

    private CollectionHead? HeadOf(CollectionIncarnation incarnation) => _heads.Values.FirstOrDefault(head => head.Incarnation == incarnation);

    private HashSet<(int Home, int Partition)> PartitionsOf(CollectionHead head)
    {
        var partitions = new HashSet<(int Home, int Partition)>();
        foreach (int number in head.Generations)
        {
            if (_generations.TryGetValue(DataPaths.Generation(head.Incarnation, number), out GenerationRecord? generation))
            {
                partitions.UnionWith(Enumerable.Range(0, generation.PartitionCount).Select(partition => (generation.HomeOf(partition), partition)));
            }
        }

        return partitions;
    }

    /// <summary>Lowest floor of a live collection's partitions; null when it is dead.</summary>
    private long? FloorOf(CollectionIncarnation incarnation) => HeadOf(incarnation) is { } head
        ? PartitionsOf(head).Min(partition =>
            _manifests.TryGetValue(DataPaths.Manifest(incarnation, partition.Home, partition.Partition), out PartitionManifest? manifest) ? manifest.Floors[0]

                // One that is still to be built will begin where its sources do.
                : partition.Home == head.BuildingGeneration ? long.MaxValue : 1)
        : null;

    private string? WhyNeeded(string name)
    {
        if (!DataBlob.TryParse(name, out DataBlob blob) || HeadOf(blob.Incarnation) is not { } head)
        {
            return null;
        }

        HashSet<(int Home, int Partition)> partitions = PartitionsOf(head);
        switch (blob.Kind)
        {
            case DataBlobKind.Epoch:
                return "the epoch of a stream";
            case DataBlobKind.LogEntry:
                return blob.Sequence >= FloorOf(blob.Incarnation) ? $"a partition needs the log from {FloorOf(blob.Incarnation)}" : null;

            // A maker that slept between GENERATION and HEAD writes it again; that it does is checked at the end.
            case DataBlobKind.GenerationFile when head is { CurrentGeneration: 1, LastGeneration: null }:
                return null;
            case DataBlobKind.GenerationFile:
                return head.Generations.Contains(blob.Generation) || partitions.Any(partition => partition.Home == blob.Generation)
                    ? "HEAD leads to the generation" : null;
            default:
                if (!partitions.Contains((blob.Generation, blob.Partition)))
                {
                    return null;
                }

                return blob.Kind == DataBlobKind.Manifest ? "HEAD leads to the partition"
                    : _manifests.TryGetValue(DataPaths.Manifest(blob.Incarnation, blob.Generation, blob.Partition), out PartitionManifest? manifest)
                        && manifest.Segments.Any(segment => segment.Name == blob.Segment
                            && (segment.Files.Any(file => file.Name == blob.File) || segment.DeletesFile?.Name == blob.File))
                        ? "the manifest names it" : null;
        }
    }

    private void RequireWhole(CollectionHead head, bool isNew)
    {
        foreach (int number in head.Generations)
        {
            Require(isNew || _generations.ContainsKey(DataPaths.Generation(head.Incarnation, number)), $"HEAD of {head.Name} names generation {number}, which is gone");
        }

        foreach ((int home, int partition) in PartitionsOf(head))
        {
            RequireWhole(DataPaths.Manifest(head.Incarnation, home, partition));
        }

        string epoch = DataPaths.Epoch(head.Incarnation, 0);
        Require(
            !_floors.TryGetValue(epoch, out long floor) || floor <= FloorOf(head.Incarnation),
            string.Create(CultureInfo.InvariantCulture, $"HEAD of {head.Name} needs the log from {FloorOf(head.Incarnation)}, and its floor is {floor}"));
    }

    private void RequireWhole(string manifestName)
    {
        if (!_manifests.TryGetValue(manifestName, out PartitionManifest? manifest))
        {
            return;
        }

        string folder = manifestName[..^"MANIFEST".Length];
        foreach (SegmentDescriptor segment in manifest.Segments)
        {
            foreach (SegmentFile file in segment.DeletesFile is { } deletes ? segment.Files.Add(deletes) : segment.Files)
            {
                string name = $"{folder}seg/{segment.Name}/{file.Name}";
                Require(inner.Names.Contains(name), $"'{manifestName}' names '{name}', which is gone");
            }
        }
    }

    private void Require(bool holds, string what)
    {
        if (!holds && Failure is null)
        {
            Failure = new SimulationFailure(what);
            Note?.Invoke($"BROKEN: {what}");
        }
    }
}
