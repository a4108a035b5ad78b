using System.Collections.Immutable;

namespace Bigrain.Index.Garbage;

/// <summary>Counts what a pass finds, by kind.</summary>
internal sealed class GarbageTally
{
    private readonly Dictionary<GarbageKind, GarbageLine> _lines =
        Enum.GetValues<GarbageKind>().ToDictionary(kind => kind, kind => new GarbageLine(kind, 0, 0, 0, 0, 0, 0));

    public long LiveCount { get; private set; }

    public long LiveBytes { get; private set; }

    public long UnknownCount { get; private set; }

    public ImmutableArray<GarbageLine> Lines => [.. _lines.Values.OrderBy(line => line.Kind)];

    public void AddLive(long bytes)
    {
        LiveCount++;
        LiveBytes += bytes;
    }

    public void AddUnknown() => UnknownCount++;

    public void AddDeleted(GarbageKind kind, long bytes) => _lines[kind] = _lines[kind] with
    {
        FoundCount = _lines[kind].FoundCount + 1,
        FoundBytes = _lines[kind].FoundBytes + bytes,
        DeletedCount = _lines[kind].DeletedCount + 1,
        DeletedBytes = _lines[kind].DeletedBytes + bytes,
    };

    public void AddKept(GarbageKind kind, long bytes) => _lines[kind] = _lines[kind] with
    {
        FoundCount = _lines[kind].FoundCount + 1,
        FoundBytes = _lines[kind].FoundBytes + bytes,
        KeptCount = _lines[kind].KeptCount + 1,
        KeptBytes = _lines[kind].KeptBytes + bytes,
    };
}
