using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Bigrain.Index.Errors;
using Bigrain.Index.Log;
using Bigrain.Index.Memory;
using Bigrain.Index.Routing;
using Bigrain.Index.Schema;
using Bigrain.Index.Segments;
using Bigrain.Index.Tails;

namespace Bigrain.Index.Partitions;

/// <summary>The changing core of a partition: applies rows in order and publishes immutable snapshots.</summary>
/// <remarks>No I/O. Every method but <see cref="TryTakeSnapshot"/> is called under the partition's apply lock.</remarks>
internal sealed class PartitionState
{
    private readonly int _partition;
    private readonly IPartitionRouter _router;
    private readonly RepresentationSchema _representation;
    private readonly TimeProvider _time;
    private readonly MemoryLease _lease;
    private readonly long[] _applied;
    private ImmutableArray<SegmentView> _segments = [];
    private ImmutableArray<Tail> _frozen = [];
    private Tail _tail;
    private long _ordinal;
    private PartitionSnapshot _snapshot;
    private volatile bool _closed;

    public PartitionState(
        int partition,
        IPartitionRouter router,
        RepresentationSchema representation,
        int streamCount,
        MemoryBudget budget,
        TimeProvider time)
    {
        _lease = budget.Take(0, "tail");
        _partition = partition;
        _router = router;
        _representation = representation;
        _time = time;
        _applied = new long[streamCount];
        _tail = NewTail();
        _snapshot = PartitionSnapshot.Create([], [_tail.View(0)], [.. _applied]);
    }

    /// <summary>Segments as the next snapshot will show them.</summary>
    public ImmutableArray<SegmentView> Segments => _segments;

    /// <summary>The tail that still grows.</summary>
    public Tail Tail => Volatile.Read(ref _tail);

    /// <summary>Whether the budget has no room for what the tails hold: writers must wait for the next freeze.</summary>
    public bool IsOverBudget { get; private set; }

    /// <summary>Whether an entry failed half-way, so that the partition must be closed and opened again.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Whether a tail was closed whose freeze did not succeed yet.</summary>
    public bool HasClosedTails => _frozen.Length > 0;

    /// <summary>Last applied sequence of a stream.</summary>
    public long Applied(int stream) => Volatile.Read(ref _applied[stream]);

    /// <summary>Last applied sequence of a stream that new readers see.</summary>
    public long Published(int stream) => Volatile.Read(ref _snapshot).Applied[stream];

    /// <summary>Starts from what a manifest names.</summary>
    /// <param name="segments">Opened segments; owned from here on.</param>
    /// <param name="floors">Per stream the first sequence to apply.</param>
    public void Load(ImmutableArray<SegmentView> segments, ImmutableArray<long> floors)
    {
        _segments = segments;
        for (int stream = 0; stream < _applied.Length; stream++)
        {
            _applied[stream] = floors[stream] - 1;
        }

        Publish();
    }

    /// <summary>Applies the next entry of its stream.</summary>
    public void Apply(LogEntry entry)
    {
        ThrowIfClosed();
        var kills = new SlotKills(_segments);
        bool touched = false;
        try
        {
            foreach (LogBatch batch in entry.Batches)
            {
                for (int row = 0; row < batch.RowCount; row++)
                {
                    touched |= Apply(batch[row], new RowVersion(entry.Sequence, row), kills);
                }
            }
        }
        catch
        {
            // Half an entry is in the tail and cannot be taken out: only a reload from the blobs is right again.
            IsBroken = true;
            throw;
        }

        if (touched)
        {
            _tail.LogBlobCount++;
            _tail.FirstRowAt ??= _time.GetUtcNow();
            _segments = kills.ApplyTo(_segments);
        }

        Volatile.Write(ref _applied[entry.Stream], entry.Sequence);
    }

    /// <summary>Shows what was applied to new readers.</summary>
    public void Publish()
    {
        if (_closed || IsBroken)
        {
            return;
        }

        ImmutableArray<TailView> tails = [.. _frozen.Select(tail => tail.View(_ordinal)), _tail.View(_ordinal)];
        PartitionSnapshot old = Interlocked.Exchange(ref _snapshot, PartitionSnapshot.Create(_segments, tails, [.. _applied]));
        old.Release();

        // What is in the log must be applied, so the tails may pass the budget by the entry that found it full.
        IsOverBudget = !_lease.TryResize(_frozen.Sum(tail => tail.MemoryBytes) + _tail.MemoryBytes);
    }

    /// <summary>Refuses what would change a partition that is closed or broken.</summary>
    /// <exception cref="BigrainException"><see cref="ErrorCode.Unavailable"/>: retry, it is opened again.</exception>
    public void ThrowIfClosed()
    {
        if (_closed || IsBroken)
        {
            throw new BigrainException(ErrorCode.Unavailable, "the partition is closing: retry");
        }
    }

    /// <summary>Gives a snapshot with a reference of its own, which the caller releases; false once this is closed. Lock-free.</summary>
    public bool TryTakeSnapshot([NotNullWhen(true)] out PartitionSnapshot? snapshot)
    {
        while (!_closed)
        {
            snapshot = Volatile.Read(ref _snapshot);
            if (snapshot.TryAddReference())
            {
                return true;
            }
        }

        snapshot = null;
        return false;
    }

    /// <summary>Closes the growing tail and starts an empty one; readers see no difference.</summary>
    /// <returns>Every closed tail, those of freezes that failed included; still searched until <see cref="Replace"/> drops them.</returns>
    public ImmutableArray<TailView> BeginFreeze()
    {
        ThrowIfClosed();
        Tail? empty = _tail.RowCount == 0 ? _tail : null;
        _frozen = empty is null ? _frozen.Add(_tail) : _frozen;
        _tail = NewTail();
        Publish();
        empty?.Release();
        return [.. _frozen.Select(tail => tail.View(_ordinal))];
    }

    /// <summary>Swaps segments and a tail for the segment that covers them, in one snapshot.</summary>
    /// <param name="dropped">Segments that go.</param>
    /// <param name="droppedTails">Tails that go.</param>
    /// <param name="added">Segment that comes, owned from here on; null for none.</param>
    /// <param name="committed">Descriptors of the manifest that was committed.</param>
    public void Replace(
        ImmutableArray<SegmentView> dropped,
        ImmutableArray<TailView> droppedTails,
        SegmentView? added,
        ImmutableArray<Manifests.SegmentDescriptor> committed)
    {
        Dictionary<string, Manifests.SegmentDescriptor> descriptors = committed.ToDictionary(descriptor => descriptor.Name);
        ImmutableArray<SegmentView> kept =
        [
            .. _segments
                .Where(view => !dropped.Any(gone => gone.Descriptor.Name == view.Descriptor.Name))
                .Select(view => view with { Descriptor = descriptors[view.Descriptor.Name] }),
        ];
        _segments = added is null ? kept : kept.Add(added with { Descriptor = descriptors[added.Descriptor.Name] });
        _frozen = _frozen.RemoveRange(droppedTails.Select(view => view.Tail));
        Publish();
        foreach (SegmentView view in dropped)
        {
            view.Segment.Release();
        }

        foreach (TailView view in droppedTails)
        {
            view.Tail.Release();
        }
    }

    /// <summary>Lets go of everything; queries that still run keep what they hold.</summary>
    public void Close()
    {
        _closed = true;
        _snapshot.Release();
        foreach (SegmentView view in _segments)
        {
            view.Segment.Release();
        }

        foreach (Tail tail in _frozen.Add(_tail))
        {
            tail.Release();
        }

        _lease.Dispose();
    }

    private bool Apply(in LogRow row, RowVersion version, SlotKills kills)
    {
        bool hasVector = row.TryGetVector(0, out ReadOnlyMemory<byte> vector);
        if (!_router.Owns(_partition, row.IdHash, vector.Span))
        {
            return false;
        }

        // A row kills every older slot of its id, then enters the tail.
        ReadOnlySpan<byte> id = row.Id.Span;
        _ordinal++;
        if (!KillInTails(id, row.IdHash))
        {
            kills.Find(row.IdHash, id);
        }

        if (row.Kind == RowKind.Upsert && hasVector)
        {
            _tail.Append(id, row.IdHash, vector.Span, row.Payload.Span, row.ExpiresAt ?? 0, version);
        }

        return true;
    }

    private bool KillInTails(ReadOnlySpan<byte> id, ulong idHash)
    {
        bool killed = _tail.Kill(id, idHash, _ordinal);
        foreach (Tail frozen in _frozen)
        {
            killed |= frozen.Kill(id, idHash, _ordinal);
        }

        return killed;
    }

    private Tail NewTail() => new(_representation);
}
