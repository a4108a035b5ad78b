using System.Collections.Immutable;
using System.Globalization;
using Bigrain.Faults.Simulation;
using Bigrain.Index.Blobs;
using Bigrain.Index.Log;
using Bigrain.Index.Manifests;
using Bigrain.Index.Partitions;

namespace Bigrain.Faults.Garbage;

/// <summary>A partition reduced to its protocol: segments are copies of log entries, committed by the manifest.</summary>
internal sealed class SimulatedPartition(SimulatedProcess process, StreamKey key, int generation, int partition)
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly LogReader _log = new(process.Store, key);

    public ManifestStore Manifests { get; } = new(process.Store, process.Time, key.Incarnation, generation, partition, 1);

    /// <summary>Moves some entries from the log into a segment, unless somebody else was faster.</summary>
    public async Task FreezeAsync(int most)
    {
        ManifestSnapshot current = await Manifests.ReadAsync(None);
        long floor = current.Manifest.Floors[0];
        var entries = new List<LogEntry>();
        while (entries.Count < most && await _log.ReadAsync(floor + entries.Count, None) is { } entry)
        {
            entries.Add(entry);
        }

        if (entries.Count > 0)
        {
            SegmentDescriptor segment = await WriteAsync(entries, floor);
            await CommitAsync(current, current.Manifest.Segments.Add(segment), floor + entries.Count);
        }
    }

    /// <summary>Replaces all segments by one.</summary>
    public async Task MergeAsync()
    {
        ManifestSnapshot current = await Manifests.ReadAsync(None);
        if (current.Manifest.Segments.Length < 2)
        {
            return;
        }

        var entries = new List<LogEntry>();
        foreach (SegmentDescriptor segment in current.Manifest.Segments)
        {
            if (await ReadAsync(segment, entries) is not null)
            {
                // Merged by somebody else, or a partition that nothing leads to any more.
                return;
            }
        }

        SegmentDescriptor merged = await WriteAsync(entries, entries[0].Sequence);
        await CommitAsync(current, [merged], current.Manifest.Floors[0]);
    }

    /// <summary>Gives a segment a new delete bitmap.</summary>
    public async Task DeleteRowsAsync()
    {
        ManifestSnapshot current = await Manifests.ReadAsync(None);
        if (current.Manifest.Segments is not [var segment, ..])
        {
            return;
        }

        string file = string.Create(CultureInfo.InvariantCulture, $"del-{process.Random.Next(int.MaxValue)}");
        await process.Store.CreateAsync(PathOf(segment.Name, file), new byte[1], None);
        await CommitAsync(
            current,
            current.Manifest.Segments.SetItem(0, segment with { DeadCount = segment.DeadCount + 1, DeletesFile = new SegmentFile(file, 1, "") }),
            current.Manifest.Floors[0]);
    }

    /// <summary>Reads everything: segments, then the log to its end; begins again when the manifest moved meanwhile.</summary>
    /// <returns>The entries, and the name of a blob that the manifest leads to and that is gone; null when the manifest moves all the time.</returns>
    public async Task<(List<LogEntry> Entries, string? Missing)?> ReadAllAsync()
    {
        for (int attempt = 0; attempt < 20; attempt++)
        {
            ManifestSnapshot current = await Manifests.ReadAsync(None);
            var entries = new List<LogEntry>();
            string? missing = null;
            foreach (SegmentDescriptor segment in current.Manifest.Segments)
            {
                missing ??= await ReadAsync(segment, entries);
            }

            for (long next = current.Manifest.Floors[0]; await _log.ReadAsync(next, None) is { } entry; next++)
            {
                entries.Add(entry);
            }

            if (!await Manifests.HasChangedAsync(current, None))
            {
                return (entries, missing);
            }
        }

        return null;
    }

    /// <summary>Builds this partition from the segments of another.</summary>
    /// <returns>Name of a source that is gone; null when all went well.</returns>
    public async Task<string?> BuildAsync(SimulatedPartition source, PartitionManifest pinned)
    {
        if ((await Manifests.ReadAsync(None)).Tag is not null)
        {
            return null;
        }

        var entries = new List<LogEntry>();
        foreach (SegmentDescriptor segment in pinned.Segments)
        {
            if (await source.ReadAsync(segment, entries) is { } missing)
            {
                return missing;
            }
        }

        ImmutableArray<SegmentDescriptor> built = entries.Count == 0 ? [] : [await WriteAsync(entries, entries[0].Sequence)];
        await CommitAsync(new ManifestSnapshot(PartitionManifest.Empty(1), null), built, pinned.Floors[0]);
        return null;
    }

    /// <summary>Names of all blobs that a manifest leads to.</summary>
    public IEnumerable<string> FilesOf(PartitionManifest manifest) => manifest.Segments.SelectMany(
        segment => (segment.DeletesFile is { } deletes ? segment.Files.Add(deletes) : segment.Files).Select(file => PathOf(segment.Name, file.Name)));

    private async Task<SegmentDescriptor> WriteAsync(List<LogEntry> entries, long first)
    {
        var bytes = new MemoryStream();
        foreach (LogEntry entry in entries)
        {
            bytes.Write(BitConverter.GetBytes(entry.Sequence));
            bytes.Write(BitConverter.GetBytes(entry.Bytes.Length));
            bytes.Write(entry.Bytes.Span);
        }

        string name = string.Create(CultureInfo.InvariantCulture, $"s{process.Random.NextUInt64():x16}");
        await process.Store.CreateAsync(PathOf(name, "ids"), new byte[1], None);
        await process.Store.CreateAsync(PathOf(name, "rows"), bytes.ToArray(), None);
        return new SegmentDescriptor(
            name, 1_000, [new StreamRange(0, first, entries[^1].Sequence)], [new SegmentFile("ids", 1, ""), new SegmentFile("rows", bytes.Length, "")], "flat", null, 0);
    }

    private async Task CommitAsync(ManifestSnapshot current, ImmutableArray<SegmentDescriptor> segments, long floor) =>
        await Manifests.TrySwapAsync(current, new PartitionManifest(current.Manifest.Revision + 1, segments, [floor]), None);

    private async Task<string?> ReadAsync(SegmentDescriptor segment, List<LogEntry> entries)
    {
        string name = PathOf(segment.Name, "rows");
        if (await process.Store.ReadAsync(name, None) is not { } content)
        {
            return name;
        }

        for (ReadOnlyMemory<byte> rest = content.Bytes; !rest.IsEmpty;)
        {
            long sequence = BitConverter.ToInt64(rest.Span);
            int length = BitConverter.ToInt32(rest.Span[8..]);
            entries.Add(LogEntry.Parse(key, sequence, name, rest.Slice(12, length)));
            rest = rest[(12 + length)..];
        }

        return null;
    }


    private string PathOf(string segment, string file) => DataPaths.SegmentFile(key.Incarnation, generation, partition, segment, file);
}
