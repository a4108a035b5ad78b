using System.Collections.Immutable;
using Bigrain.Index.Errors;
using Bigrain.Index.Manifests;
using Bigrain.Index.Segments;
using Bigrain.Index.Segments.Deletes;
using Bigrain.Index.Tails;
using Microsoft.Extensions.Logging;

namespace Bigrain.Index.Partitions;

/// <summary>Freezes tails into segments and merges segments, each ending in one manifest swap and one snapshot swap.</summary>
/// <remarks>
/// Freezes are serial, so are merges, so are commits; a freeze may run beside a merge. What fails leaves the partition
/// as it was: a closed tail stays searchable and goes into the next freeze.
/// </remarks>
internal sealed partial class PartitionMaintenance : IAsyncDisposable
{
    private readonly PartitionKey _key;
    private readonly PartitionServices _services;
    private readonly PartitionState _state;
    private readonly PartitionCommitter _committer;
    private readonly SegmentBuilder _builder;
    private readonly SemaphoreSlim _applying;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _freezing = new(1, 1);
    private readonly SemaphoreSlim _compacting = new(1, 1);
    private readonly SemaphoreSlim _committing = new(1, 1);
    private readonly CancellationTokenSource _closing = new();
    private volatile BigrainException? _fenced;

    /// <summary>Makes the maintenance of one partition.</summary>
    /// <param name="key">The partition.</param>
    /// <param name="services">Shared parts.</param>
    /// <param name="state">What it changes.</param>
    /// <param name="applying">Lock of <paramref name="state"/>.</param>
    /// <param name="committer">Durable side.</param>
    /// <param name="builder">Builds segments.</param>
    public PartitionMaintenance(
        PartitionKey key,
        PartitionServices services,
        PartitionState state,
        SemaphoreSlim applying,
        PartitionCommitter committer,
        SegmentBuilder builder)
    {
        _key = key;
        _services = services;
        _state = state;
        _applying = applying;
        _committer = committer;
        _builder = builder;
        _logger = services.Loggers.CreateLogger<PartitionMaintenance>();
    }

    /// <summary>Whether a newer owner swapped the manifest.</summary>
    public bool IsFenced => _fenced is not null;

    /// <summary>Whether the tail is large or old enough for a freeze, or an earlier freeze did not succeed.</summary>
    public bool FreezeIsDue
    {
        get
        {
            Tail tail = _state.Tail;
            PartitionOptions options = _services.Options;
            return _state.HasClosedTails
                || (_state.IsOverBudget && tail.RowCount > 0)
                || tail.RowCount >= options.FreezeDocuments
                || tail.MemoryBytes >= options.FreezeBytes
                || tail.LogBlobCount >= options.FreezeLogBlobs
                || HoldsLog(options.FreezeLogBlobs)
                || _services.Time.GetUtcNow() - tail.FirstRowAt >= options.FreezeAge;
        }
    }

    /// <summary>Does what is due; see <see cref="Partition.MaintainAsync"/>.</summary>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        using CancellationTokenSource linked = Link(cancellationToken);
        bool worked = await FreezeDueAsync(linked.Token);
        await _compacting.WaitAsync(linked.Token);
        try
        {
            while (CompactionPlan.Next(_state.Segments, _services.Options, _services.Time.GetUtcNow()) is { Length: > 0 } due)
            {
                await MergeAsync(due, linked.Token);
                worked = true;

                // Writers must not wait for a whole chain of merges.
                await FreezeDueAsync(linked.Token);
            }
        }
        finally
        {
            _compacting.Release();
        }

        return worked;
    }

    /// <summary>Freezes and merges everything; see <see cref="Partition.CompactAsync"/>.</summary>
    public async Task CompactAsync(CancellationToken cancellationToken)
    {
        using CancellationTokenSource linked = Link(cancellationToken);
        await FreezeTailsAsync(linked.Token);
        await _compacting.WaitAsync(linked.Token);
        try
        {
            foreach (ImmutableArray<SegmentView> group in CompactionPlan.All(_state.Segments, _services.Options, _services.Time.GetUtcNow()))
            {
                await MergeAsync(group, linked.Token);
            }
        }
        finally
        {
            _compacting.Release();
        }
    }

    /// <summary>Turns every closed tail and the growing one into a segment; does nothing when no log entry came since the last time.</summary>
    public async Task FreezeAsync(CancellationToken cancellationToken)
    {
        using CancellationTokenSource linked = Link(cancellationToken);
        await FreezeTailsAsync(linked.Token);
    }

    /// <summary>Ends what runs and lets nothing start.</summary>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        SemaphoreSlim[] locks = [_freezing, _compacting, _committing];
        foreach (SemaphoreSlim work in locks)
        {
            await work.WaitAsync(CancellationToken.None);
        }

        // Given back, not disposed: whoever still waits has been cancelled and must be able to leave.
        foreach (SemaphoreSlim work in locks)
        {
            work.Release();
        }
    }

    /// <summary>Whether so many entries lie above a floor, most of them perhaps without a row for this partition: the log is kept for them.</summary>
    private bool HoldsLog(int most)
    {
        ImmutableArray<long> floors = _committer.Manifest.Floors;
        for (int stream = 0; stream < floors.Length; stream++)
        {
            if (_state.Applied(stream) + 1 - floors[stream] >= most)
            {
                return true;
            }
        }

        return false;
    }

    private async Task<bool> FreezeDueAsync(CancellationToken cancellationToken)
    {
        bool worked = false;
        while (FreezeIsDue)
        {
            await FreezeTailsAsync(cancellationToken);
            worked = true;
        }

        return worked;
    }

    private async Task FreezeTailsAsync(CancellationToken cancellationToken)
    {
        await _freezing.WaitAsync(cancellationToken);
        try
        {
            ImmutableArray<long> oldFloors = _committer.Manifest.Floors;
            ImmutableArray<long> newFloors;
            ImmutableArray<TailView> closed;
            await _applying.WaitAsync(cancellationToken);
            try
            {
                newFloors = [.. oldFloors.Select((floor, stream) => Math.Max(floor, _state.Applied(stream) + 1))];
                if (newFloors.SequenceEqual(oldFloors))
                {
                    return;
                }

                closed = _state.BeginFreeze();
            }
            finally
            {
                _applying.Release();
            }

            SegmentDescriptor? built = await _builder.FreezeAsync(closed, oldFloors, newFloors, cancellationToken);
            await CommitAsync([], closed, built, newFloors, cancellationToken);
            LogFrozen(_key, closed.Length, built?.SlotCount ?? 0);
        }
        finally
        {
            _freezing.Release();
        }
    }

    private async Task MergeAsync(ImmutableArray<SegmentView> merged, CancellationToken cancellationToken)
    {
        RequireRoom(merged);
        SegmentDescriptor? built = await _builder.MergeAsync(merged, cancellationToken);
        await CommitAsync(merged, [], built, null, cancellationToken);
        LogMerged(_key, merged.Length, built?.SlotCount ?? 0);
    }

    /// <summary>
    /// Makes a new segment durable and visible: 1 the kills that came while it was built; 2 bitmaps and manifest;
    /// 3 the kills that came meanwhile, and one snapshot swap.
    /// </summary>
    private async Task CommitAsync(
        ImmutableArray<SegmentView> dropped,
        ImmutableArray<TailView> droppedTails,
        SegmentDescriptor? built,
        ImmutableArray<long>? floors,
        CancellationToken cancellationToken)
    {
        await _committing.WaitAsync(cancellationToken);
        SegmentView? added = null;
        try
        {
            ThrowIfFenced();
            if (built is not null)
            {
                // A freeze gives more memory back than it takes; refusing it would keep the tails for ever.
                Segment segment = await _committer.OpenSegmentAsync(built, mayExceedBudget: !droppedTails.IsEmpty, cancellationToken);
                added = new SegmentView(segment, built, DeleteBitmap.AllAlive(built.SlotCount));
            }

            // 1
            ImmutableArray<SegmentView> kept;
            await _applying.WaitAsync(cancellationToken);
            try
            {
                added = KillLate(added, dropped, droppedTails);
                kept = [.. _state.Segments.Where(view => !Contains(dropped, view))];
                if (_services.Flaws.HasFlag(PartitionFlaws.DropTailBeforeSegment))
                {
                    _state.Replace([], droppedTails, null, [.. _state.Segments.Select(view => view.Descriptor)]);
                    droppedTails = [];
                }
            }
            finally
            {
                _applying.Release();
            }

            // 2
            ImmutableArray<SegmentDescriptor> committed =
                await _committer.CommitAsync(kept, added, floors ?? _committer.Manifest.Floors, cancellationToken);

            // 3
            await _applying.WaitAsync(CancellationToken.None);
            try
            {
                added = KillLate(added, dropped, droppedTails);
                _state.Replace(dropped, droppedTails, added, committed);
                added = null;
            }
            catch (Exception failure)
            {
                // Durable but not visible: what is in memory no longer follows the manifest.
                throw new BigrainException(ErrorCode.Fenced, $"partition {_key} must be opened again", inner: failure);
            }
            finally
            {
                _applying.Release();
            }

            _committer.Forget(dropped);
        }
        catch (BigrainException exception) when (exception.Code == ErrorCode.Fenced)
        {
            _fenced = exception;
            throw;
        }
        finally
        {
            added?.Segment.Release();
            _committing.Release();
        }
    }

    private SegmentView? KillLate(SegmentView? added, ImmutableArray<SegmentView> dropped, ImmutableArray<TailView> droppedTails) =>
        _services.Flaws.HasFlag(PartitionFlaws.SkipLateKills)
            ? added
            : LateKills.Apply(added, dropped, droppedTails, _state.Segments, _services.IdHash);

    // Sources and result are in memory together until the swap: finding that out after the build would waste it.
    private void RequireRoom(ImmutableArray<SegmentView> merged)
    {
        long needed = merged.Sum(view => view.Segment.MemoryBytes);
        long free = _services.Budget.LimitBytes - _services.Budget.UsedBytes;
        if (needed > free)
        {
            throw new BigrainException(
                ErrorCode.Overloaded,
                $"merging {merged.Length} segments of partition {_key} needs about {needed} bytes beside them but only {free} are free: raise --memory");
        }
    }

    private void ThrowIfFenced()
    {
        if (_fenced is { } fenced)
        {
            throw fenced;
        }
    }

    private CancellationTokenSource Link(CancellationToken cancellationToken) =>
        CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closing.Token);

    private static bool Contains(ImmutableArray<SegmentView> views, SegmentView view) =>
        views.Any(other => other.Descriptor.Name == view.Descriptor.Name);
}
