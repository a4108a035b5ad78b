using Bigrain.Index.Blobs;
using Bigrain.Index.Coarse;
using Bigrain.Index.Manifests;
using Bigrain.Index.Memory;
using Bigrain.Index.Partitions;
using Bigrain.Index.Schema;

namespace Bigrain.Index.Segments;

/// <summary>The open segments of a silo. It outlives the partitions that use them, so that a partition that comes back
/// attaches at once; what nobody uses gives way when memory is short.</summary>
/// <remarks>Thread safe. A segment whose files are damaged is in quarantine for a while: it is refused without being read again.</remarks>
public sealed class SegmentCache : IDisposable
{
    /// <summary>How long a damaged segment is refused before it is tried again.</summary>
    public static readonly TimeSpan QuarantineTime = TimeSpan.FromMinutes(1);

    private readonly SegmentAccess _access;
    private readonly MemoryBudget _budget;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly Dictionary<SegmentLocation, Entry> _entries = [];
    private readonly SegmentQuarantine _quarantine;

    /// <summary>Makes an empty cache.</summary>
    /// <param name="access">How segment files are reached.</param>
    /// <param name="budget">Where their memory is taken from.</param>
    /// <param name="time">Clock.</param>
    public SegmentCache(SegmentAccess access, MemoryBudget budget, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(access);
        ArgumentNullException.ThrowIfNull(budget);
        ArgumentNullException.ThrowIfNull(time);
        _access = access;
        _budget = budget;
        _time = time;
        _quarantine = new SegmentQuarantine(QuarantineTime, time);
    }

    /// <summary>How segment files are reached.</summary>
    public SegmentAccess Access => _access;

    /// <summary>Segments held, loading ones included.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _entries.Count;
            }
        }
    }

    /// <summary>Bytes of the budget held by loaded segments.</summary>
    public long MemoryBytes
    {
        get
        {
            lock (_lock)
            {
                return _entries.Values.Sum(entry => entry.Loaded?.MemoryBytes ?? 0);
            }
        }
    }

    /// <summary>Gives a segment, loading it first if it is not there; several callers share one load.</summary>
    /// <param name="location">Where its files are.</param>
    /// <param name="descriptor">What the manifest says of it.</param>
    /// <param name="schema">Schema of the collection.</param>
    /// <param name="cancellationToken">Gives up waiting; the load goes on for others.</param>
    /// <returns>The segment with a reference that the caller releases.</returns>
    /// <exception cref="CorruptBlobException">A file is missing or is not what was written, now or at the last try.</exception>
    /// <exception cref="BlobStoreException">The store failed.</exception>
    /// <exception cref="Errors.BigrainException"><see cref="Errors.ErrorCode.Overloaded"/>: it does not fit the budget.</exception>
    public ValueTask<Segment> AcquireAsync(
        SegmentLocation location, SegmentDescriptor descriptor, CollectionSchema schema, CancellationToken cancellationToken) =>
        AcquireAsync(location, descriptor, schema, tables: null, mayExceedBudget: false, cancellationToken);

    /// <summary>Gives a segment, as the shorter form does.</summary>
    /// <param name="location">Where its files are.</param>
    /// <param name="descriptor">What the manifest says of it.</param>
    /// <param name="schema">Schema of the collection.</param>
    /// <param name="tables">Learned tables of its generation; null when that has none.</param>
    /// <param name="mayExceedBudget">Whether it may pass the budget, because the caller lets more memory go at once.</param>
    /// <param name="cancellationToken">Gives up waiting; the load goes on for others.</param>
    public async ValueTask<Segment> AcquireAsync(
        SegmentLocation location,
        SegmentDescriptor descriptor,
        CollectionSchema schema,
        LearnedTables? tables,
        bool mayExceedBudget,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(descriptor);
        ArgumentNullException.ThrowIfNull(schema);
        while (true)
        {
            Task<Segment> load;
            lock (_lock)
            {
                _quarantine.ThrowIfRefused(location);
                if (!_entries.TryGetValue(location, out Entry? entry))
                {
                    entry = new Entry(descriptor);
                    _entries.Add(location, entry);
                    entry.Load = Task.Run(() => LoadAsync(entry, location, descriptor, schema, tables, mayExceedBudget), CancellationToken.None);
                }

                entry.UsedAt = _time.GetTimestamp();
                if (entry.Loaded is { } loaded && loaded.TryAddReference())
                {
                    return loaded;
                }

                load = entry.Load!;
            }

            Segment segment = await load.WaitAsync(cancellationToken).ConfigureAwait(false);
            if (segment.TryAddReference())
            {
                return segment;
            }
        }
    }

    /// <summary>Opens the documents of a segment without its codes: it takes nothing of the budget and is not kept.</summary>
    /// <param name="location">Where its files are.</param>
    /// <param name="descriptor">What the manifest says of it.</param>
    /// <param name="representation">The representation whose records are wanted.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="CorruptBlobException">A file is missing or is not what was written.</exception>
    /// <exception cref="BlobStoreException">The store failed.</exception>
    public ValueTask<SegmentContent> OpenContentAsync(
        SegmentLocation location, SegmentDescriptor descriptor, RepresentationSchema representation, CancellationToken cancellationToken) =>
        SegmentContent.OpenAsync(_access, location, descriptor, representation, cancellationToken);

    /// <summary>Prices segments before any of them is loaded.</summary>
    /// <param name="wanted">The segments; those that are open already cost nothing.</param>
    /// <param name="representation">Representation whose codes are loaded.</param>
    /// <param name="purpose">What they are for; goes into the error.</param>
    /// <exception cref="Errors.BigrainException"><see cref="Errors.ErrorCode.Overloaded"/>: they do not fit the budget, even when what
    /// nobody uses gives way; the message has the numbers.</exception>
    public void RequireRoom(IEnumerable<(SegmentLocation Location, SegmentDescriptor Descriptor)> wanted, string representation, string purpose)
    {
        ArgumentNullException.ThrowIfNull(wanted);
        lock (_lock)
        {
            (SegmentLocation Location, SegmentDescriptor Descriptor)[] missing = [.. wanted.Where(segment => !_entries.ContainsKey(segment.Location))];
            long needed = missing.Sum(segment => SegmentOpener.PriceOf(segment.Descriptor, representation));
            long evictable = _entries.Values.Where(entry => entry.IsUnused).Sum(entry => entry.Loaded!.MemoryBytes);
            long free = Math.Max(0, _budget.LimitBytes - _budget.UsedBytes) + evictable;
            if (needed > free)
            {
                throw new Errors.BigrainException(
                    Errors.ErrorCode.Overloaded,
                    FormattableString.Invariant(
                        $"{purpose} needs {needed} bytes for {missing.Length} segments but only {free} of {_budget.LimitBytes} are free: raise --memory or add a silo"),
                    "memory");
            }
        }
    }

    /// <summary>Refuses a segment for a while because a read met damage; who holds it may go on reading what is whole.</summary>
    public void Quarantine(SegmentLocation location, CorruptBlobException damage)
    {
        ArgumentNullException.ThrowIfNull(damage);
        lock (_lock)
        {
            _quarantine.Add(location, damage);
            Remove(location);
        }
    }

    /// <summary>Ends a quarantine: the next use reads and checks the files again.</summary>
    public void EndQuarantine(SegmentLocation location)
    {
        lock (_lock)
        {
            _quarantine.End(location);
        }
    }

    /// <summary>Lets go of a segment that no manifest names any more; its memory goes back with its last reference, and so do the local
    /// copies of its files.</summary>
    public void Forget(SegmentLocation location)
    {
        SegmentDescriptor? forgotten;
        lock (_lock)
        {
            _quarantine.End(location);
            forgotten = _entries.GetValueOrDefault(location)?.Descriptor;
            Remove(location);
        }

        foreach (SegmentFile file in forgotten?.Files ?? [])
        {
            _access.LocalFiles.Forget(location.Blob(file.Name));
        }
    }

    /// <summary>Lets go of the segments of a partition that its manifest does not name.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="named">Segments that the manifest names.</param>
    public void ForgetOthers(PartitionKey partition, IEnumerable<SegmentDescriptor> named)
    {
        HashSet<SegmentLocation> kept = [.. named.Select(descriptor => SegmentLocation.Of(partition, descriptor.Name))];
        SegmentLocation[] others;
        lock (_lock)
        {
            others =
            [
                .. _entries.Keys.Where(location =>
                    location.Incarnation == partition.Incarnation
                    && location.Generation == partition.Generation
                    && location.Partition == partition.Partition
                    && !kept.Contains(location)),
            ];
        }

        Array.ForEach(others, Forget);
    }

    /// <summary>Unloads what nobody has used for some time.</summary>
    /// <param name="idleFor">How long.</param>
    /// <returns>Segments unloaded.</returns>
    public int EvictIdle(TimeSpan idleFor)
    {
        lock (_lock)
        {
            var idle = new List<SegmentLocation>();
            foreach ((SegmentLocation location, Entry entry) in _entries)
            {
                if (!entry.IsUnused)
                {
                    entry.UsedAt = _time.GetTimestamp();
                }
                else if (_time.GetElapsedTime(entry.UsedAt) >= idleFor)
                {
                    idle.Add(location);
                }
            }

            idle.ForEach(Remove);
            return idle.Count;
        }
    }

    /// <summary>Lets go of everything; segments in use live on until they are released.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            foreach (SegmentLocation location in _entries.Keys.ToArray())
            {
                Remove(location);
            }
        }
    }

    private async Task<Segment> LoadAsync(
        Entry entry, SegmentLocation location, SegmentDescriptor descriptor, CollectionSchema schema, LearnedTables? tables, bool mayExceedBudget)
    {
        try
        {
            Segment segment = await new SegmentOpener(
                _access, location, descriptor, schema.Default, tables, (bytes, purpose) => TakeMemory(bytes, purpose, mayExceedBudget))
                .OpenAsync(CancellationToken.None).ConfigureAwait(false);
            lock (_lock)
            {
                entry.Loaded = segment;
                if (!_entries.TryGetValue(location, out Entry? current) || current != entry)
                {
                    // Forgotten while it was loaded: waiters find it released and load it again.
                    segment.Release();
                }
            }

            return segment;
        }
        catch (Exception error)
        {
            lock (_lock)
            {
                if (_entries.TryGetValue(location, out Entry? current) && current == entry)
                {
                    _entries.Remove(location);
                }

                if (error is CorruptBlobException damage)
                {
                    _quarantine.Add(location, damage);
                }
            }

            throw;
        }
    }

    private MemoryLease TakeMemory(long bytes, string purpose, bool mayExceedBudget)
    {
        while (true)
        {
            if (_budget.TryTake(bytes) is { } lease)
            {
                return lease;
            }

            if (!EvictOldestUnused())
            {
                return mayExceedBudget ? _budget.TakeBeyond(bytes) : _budget.Take(bytes, purpose);
            }
        }
    }

    private bool EvictOldestUnused()
    {
        lock (_lock)
        {
            SegmentLocation? oldest = _entries
                .Where(pair => pair.Value.IsUnused)
                .OrderBy(pair => pair.Value.UsedAt)
                .Select(pair => (SegmentLocation?)pair.Key)
                .FirstOrDefault();
            if (oldest is not { } location)
            {
                return false;
            }

            Remove(location);
            return true;
        }
    }

    private void Remove(SegmentLocation location)
    {
        if (_entries.Remove(location, out Entry? entry))
        {
            entry.Loaded?.Release();
        }
    }

    private sealed class Entry(SegmentDescriptor descriptor)
    {
        public readonly SegmentDescriptor Descriptor = descriptor;
        public Task<Segment>? Load;
        public Segment? Loaded;
        public long UsedAt;

        public bool IsUnused => Loaded is { ReferenceCount: 1 };
    }
}
