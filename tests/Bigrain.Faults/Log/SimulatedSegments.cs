using System.Globalization;
using Bigrain.Faults.Simulation;
using Bigrain.Index.Blobs;
using Bigrain.Index.Log;
using Bigrain.Index.Manifests;
using Bigrain.Index.Partitions;

namespace Bigrain.Faults.Log;

/// <summary>A partition reduced to its protocol: segments are copies of log entries, committed by the manifest.</summary>
internal sealed class SimulatedSegments(SimulatedProcess process, StreamKey key)
{
    private readonly LogReader _log = new(process.Store, key);
    private readonly ManifestStore _manifests = new(process.Store, process.Time, key.Incarnation, 1, 0, key.Stream + 1);

    /// <summary>Moves some entries from the log into a segment, unless somebody else was faster.</summary>
    public async Task FreezeAsync(int most)
    {
        ManifestSnapshot current = await _manifests.ReadAsync(CancellationToken.None);
        long floor = current.Manifest.Floors[key.Stream];
        var bytes = new MemoryStream();
        long next = floor;
        while (next < floor + most && await _log.ReadAsync(next, CancellationToken.None) is { } entry)
        {
            bytes.Write(BitConverter.GetBytes(entry.Bytes.Length));
            bytes.Write(entry.Bytes.Span);
            next++;
        }

        if (next == floor)
        {
            return;
        }

        string name = string.Create(CultureInfo.InvariantCulture, $"s{process.Random.NextUInt64():x16}");
        await process.Store.CreateAsync(PathOf(name), bytes.ToArray(), CancellationToken.None);
        var segment = new SegmentDescriptor(name, 1, [new StreamRange(key.Stream, floor, next - 1)], [], "flat", null, 0);
        var manifest = new PartitionManifest(
            current.Manifest.Revision + 1,
            current.Manifest.Segments.Add(segment),
            current.Manifest.Floors.SetItem(key.Stream, next));
        await _manifests.TrySwapAsync(current, manifest, CancellationToken.None);
    }

    /// <summary>Reads everything: segments, then the log to its end; begins again when the manifest moved meanwhile.</summary>
    public async Task<List<LogEntry>> ReadAllAsync()
    {
        while (true)
        {
            ManifestSnapshot current = await _manifests.ReadAsync(CancellationToken.None);
            var entries = new List<LogEntry>();
            foreach (SegmentDescriptor segment in current.Manifest.Segments)
            {
                await ReadSegmentAsync(segment, entries);
            }

            long next = current.Manifest.Floors[key.Stream];
            for (; await _log.ReadAsync(next, CancellationToken.None) is { } entry; next++)
            {
                entries.Add(entry);
            }

            // An absent name is the end of the log only at or above the floor that was current when it was read.
            if ((await _manifests.ReadAsync(CancellationToken.None)).Tag == current.Tag)
            {
                return entries;
            }
        }
    }

    public async Task<long> ReadFloorAsync() => (await _manifests.ReadAsync(CancellationToken.None)).Manifest.Floors[key.Stream];

    private async Task ReadSegmentAsync(SegmentDescriptor segment, List<LogEntry> entries)
    {
        BlobContent content = await process.Store.ReadAsync(PathOf(segment.Name), CancellationToken.None)
            ?? throw new SimulationFailure($"segment {segment.Name} is missing");
        ReadOnlyMemory<byte> rest = content.Bytes;
        for (long sequence = segment.Covers[0].First; sequence <= segment.Covers[0].Last; sequence++)
        {
            int length = BitConverter.ToInt32(rest.Span);
            entries.Add(LogEntry.Parse(key, sequence, segment.Name, rest.Slice(4, length)));
            rest = rest[(4 + length)..];
        }
    }

    private string PathOf(string segment) => DataPaths.SegmentFile(key.Incarnation, 1, 0, segment, "rows");
}
