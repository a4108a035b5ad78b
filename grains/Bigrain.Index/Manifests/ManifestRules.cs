using System.Globalization;

namespace Bigrain.Index.Manifests;

/// <summary>What must hold between a manifest and the one that replaces it; a violation is a bug, not an input error.</summary>
internal static class ManifestRules
{
    /// <summary>Checks a manifest alone.</summary>
    /// <returns>What is broken; null when all is well.</returns>
    public static string? Broken(PartitionManifest manifest, int streamCount)
    {
        if (manifest.Segments.IsDefault || manifest.Floors.IsDefault || manifest.Floors.Length != streamCount)
        {
            return Text($"one floor for each of {streamCount} streams");
        }

        if (manifest.Floors.Any(floor => floor < 1))
        {
            return "floors of at least 1";
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (SegmentDescriptor segment in manifest.Segments)
        {
            if (!names.Add(segment.Name))
            {
                return $"segment '{segment.Name}' once";
            }

            if (segment.SlotCount < 1 || segment.DeadCount < 0 || segment.DeadCount > segment.SlotCount)
            {
                return $"counts of segment '{segment.Name}' in range";
            }

            if ((segment.DeadCount > 0) != (segment.DeletesFile is not null))
            {
                return $"segment '{segment.Name}' to name a delete bitmap exactly when it has dead slots";
            }

            foreach (StreamRange range in segment.Covers)
            {
                if (range.Stream < 0 || range.Stream >= streamCount || range.First < 1 || range.Last < range.First)
                {
                    return $"ranges of segment '{segment.Name}' in order and in a stream";
                }

                if (range.Last >= manifest.Floors[range.Stream])
                {
                    return Text($"the floor of stream {range.Stream} above {range.Last}, which segment '{segment.Name}' covers");
                }
            }
        }

        return null;
    }

    /// <summary>Checks a swap.</summary>
    /// <returns>What is broken; null when all is well.</returns>
    public static string? BrokenSwap(PartitionManifest current, PartitionManifest next)
    {
        if (next.Revision != current.Revision + 1)
        {
            return Text($"revision {current.Revision + 1}");
        }

        for (int stream = 0; stream < current.Floors.Length; stream++)
        {
            if (next.Floors[stream] < current.Floors[stream])
            {
                return Text($"the floor of stream {stream} at {current.Floors[stream]} or above");
            }
        }

        Dictionary<string, SegmentDescriptor> before = current.Segments.ToDictionary(s => s.Name, StringComparer.Ordinal);
        foreach (SegmentDescriptor segment in next.Segments)
        {
            if (!before.TryGetValue(segment.Name, out SegmentDescriptor? old))
            {
                continue;
            }

            if (segment.SlotCount != old.SlotCount || !segment.Files.AsSpan().SequenceEqual(old.Files.AsSpan()))
            {
                return $"the files of segment '{segment.Name}' unchanged";
            }

            if (segment.DeadCount < old.DeadCount)
            {
                return $"dead slots of segment '{segment.Name}' to stay dead";
            }

            if (segment.DeadCount != old.DeadCount && segment.DeletesFile?.Name == old.DeletesFile?.Name)
            {
                return $"a new name for the changed delete bitmap of segment '{segment.Name}'";
            }
        }

        return null;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
