using Bigrain.Index.Blobs;
using Bigrain.Index.Log;
using Bigrain.Index.Partitions;

namespace Bigrain.Index.Garbage;

/// <summary>What one pass knows: the candidates from before, and what it has found so far.</summary>
internal sealed class GarbagePass
{
    /// <summary>The blob of a collection that is made before its HEAD is, below its incarnation.</summary>
    public const string FirstGeneration = "gen/1/GENERATION";

    private readonly Dictionary<string, GarbageCandidate> _known;
    private readonly Dictionary<string, GarbageCandidate> _next = new(StringComparer.Ordinal);
    private readonly HashSet<string> _due;
    private readonly Dictionary<StreamKey, long> _floors = [];
    private readonly DateTimeOffset _now;
    private readonly DateTimeOffset _oldEnough;
    private readonly DateTimeOffset _dedupeFrom;
    private readonly GarbageFlaws _flaws;

    public GarbagePass(GarbageCandidates known, bool deletes, TimeSpan grace, GarbageServices services)
    {
        _now = services.Time.GetUtcNow();
        _oldEnough = _now - grace;
        _dedupeFrom = _now - services.DedupeWindow;
        _flaws = services.Flaws;
        Deletes = deletes;
        TimeSpan interval = services.Options.MinInterval < grace ? services.Options.MinInterval : grace;
        _known = known.Candidates.ToDictionary(candidate => candidate.Name, StringComparer.Ordinal);
        _due = [.. known.Candidates.Where(candidate => candidate.FirstSeenAt + interval <= _now && candidate.ModifiedAt <= _oldEnough).Select(candidate => candidate.Name)];
    }

    public bool Deletes { get; }

    /// <summary>Candidates whose time is over.</summary>
    public IReadOnlyCollection<string> Due => _due;

    public GarbageTally Tally { get; } = new();

    /// <summary>Entries of live streams that nobody needs.</summary>
    public Dictionary<StreamKey, List<(long Sequence, long Bytes)>> LogGarbage { get; } = [];

    /// <summary>Whether something has been too old for too long.</summary>
    public bool IsOldEnough(DateTimeOffset modifiedAt) => modifiedAt <= _oldEnough;

    /// <summary>Decides about one blob.</summary>
    /// <returns>Null when it stays, or when it is a log entry that its owner will decide about.</returns>
    public CondemnedBlob? Judge(BlobEntry entry, LiveView view)
    {
        if (!DataBlob.TryParse(entry.Name, out DataBlob blob))
        {
            Tally.AddUnknown();
            return null;
        }

        if (view.Pins.Contains(entry.Name))
        {
            Tally.AddLive(entry.LengthBytes);
            return null;
        }

        if (!view.Collections.TryGetValue(blob.Incarnation, out LiveCollection? collection))
        {
            return new CondemnedBlob(entry, GarbageKind.Incarnations, DataPaths.Incarnation(blob.Incarnation), IsFenced: true);
        }

        if (blob.Kind == DataBlobKind.LogEntry && IsLogGarbage(entry, blob, collection, view))
        {
            return null;
        }

        CondemnedBlob? garbage = blob.Kind switch
        {
            DataBlobKind.GenerationFile when !collection.Folders.Contains(blob.Generation) => OfGeneration(entry, blob, collection),
            DataBlobKind.Manifest or DataBlobKind.SegmentFile => OfPartition(entry, blob, collection),
            _ => null,
        };
        if (garbage is null && blob.Kind == DataBlobKind.Unknown)
        {
            Tally.AddUnknown();
        }
        else if (garbage is null)
        {
            Tally.AddLive(entry.LengthBytes);
        }

        return garbage;
    }

    /// <summary>Whether a blob may be deleted now.</summary>
    public bool MayDelete(CondemnedBlob garbage) =>
        Deletes && garbage.IsFenced && IsOldEnough(garbage.Entry.ModifiedAt)
        && (_due.Contains(garbage.Candidate) || _flaws.HasFlag(GarbageFlaws.OnePass))
        && (!IsFirstGeneration(garbage) || TagOf(garbage) is not null);

    /// <summary>The version that must still be there; null where no other can be.</summary>
    public BlobTag? TagOf(CondemnedBlob garbage) =>
        IsFirstGeneration(garbage) && _known.TryGetValue(garbage.Candidate, out GarbageCandidate? candidate) && candidate.Tag is { } tag
            ? new BlobTag(tag)
            : null;

    /// <summary>Makes a blob a candidate.</summary>
    /// <returns>Whether it is a new one.</returns>
    public bool Keep(CondemnedBlob garbage)
    {
        if (_next.TryGetValue(garbage.Candidate, out GarbageCandidate? known) || _known.TryGetValue(garbage.Candidate, out known))
        {
            DateTimeOffset modified = garbage.Entry.ModifiedAt > known.ModifiedAt ? garbage.Entry.ModifiedAt : known.ModifiedAt;
            _next[garbage.Candidate] = known with { ModifiedAt = modified };
            return false;
        }

        _next[garbage.Candidate] = new GarbageCandidate(garbage.Candidate, garbage.Kind, _now, garbage.Entry.ModifiedAt, null);
        return true;
    }

    /// <summary>Notes the version of a collection's first GENERATION.</summary>
    public void SetTag(CondemnedBlob garbage, BlobTag? tag) =>
        _next[garbage.Candidate] = _next[garbage.Candidate] with { Tag = tag?.Value };

    /// <summary>Begins anew with a candidate that somebody wrote to.</summary>
    public void Forget(CondemnedBlob garbage)
    {
        _known.Remove(garbage.Candidate);
        _next.Remove(garbage.Candidate);
        _due.Remove(garbage.Candidate);
    }

    /// <summary>First sequence of a stream that somebody needs.</summary>
    public long FloorOf(LiveCollection collection, LiveView view, int stream)
    {
        StreamKey key = collection.StreamOf(stream);
        if (!_floors.TryGetValue(key, out long floor))
        {
            floor = Math.Min(collection.Floor(stream, _flaws.HasFlag(GarbageFlaws.TrimByCurrentOnly)), view.Pins.LogFloor(key));
            _floors.Add(key, floor);
        }

        return floor;
    }

    /// <summary>The candidates for the passes to come.</summary>
    public GarbageCandidates Next() => new(_now, [.. _next.Values.OrderBy(candidate => candidate.Name, StringComparer.Ordinal)]);

    private static CondemnedBlob OfGeneration(BlobEntry entry, DataBlob blob, LiveCollection collection) => new(
        entry, GarbageKind.Generations, DataPaths.GenerationFolder(collection.Head.Incarnation, blob.Generation), IsFenced: true);

    private static CondemnedBlob? OfPartition(BlobEntry entry, DataBlob blob, LiveCollection collection)
    {
        if (!collection.Partitions.TryGetValue((blob.Generation, blob.Partition), out LivePartition? partition))
        {
            return collection.Folders.Contains(blob.Generation)
                ? new CondemnedBlob(
                    entry,
                    GarbageKind.Generations,
                    DataPaths.Partition(collection.Head.Incarnation, blob.Generation, blob.Partition),
                    IsFenced: true)
                : OfGeneration(entry, blob, collection);
        }

        if (blob.Kind == DataBlobKind.Manifest || partition.Names(blob.Segment, blob.File))
        {
            return null;
        }

        return partition.Names(blob.Segment)
            ? new CondemnedBlob(entry, GarbageKind.DeleteBitmaps, entry.Name, partition.MayDelete)
            : new CondemnedBlob(entry, GarbageKind.Segments, entry.Name[..^blob.File.Length], partition.MayDelete);
    }

    private bool IsLogGarbage(BlobEntry entry, DataBlob blob, LiveCollection collection, LiveView view)
    {
        bool isGarbage = blob.Stream < collection.Head.Schema.StreamCount
            && blob.Sequence < FloorOf(collection, view, blob.Stream)
            && entry.ModifiedAt <= _dedupeFrom;
        if (isGarbage)
        {
            StreamKey key = collection.StreamOf(blob.Stream);
            if (!LogGarbage.TryGetValue(key, out List<(long Sequence, long Bytes)>? entries))
            {
                LogGarbage.Add(key, entries = []);
            }

            entries.Add((blob.Sequence, entry.LengthBytes));
        }

        return isGarbage;
    }

    private static bool IsFirstGeneration(CondemnedBlob garbage) =>
        garbage.Kind == GarbageKind.Incarnations && garbage.Entry.Name == garbage.Candidate + FirstGeneration;
}
