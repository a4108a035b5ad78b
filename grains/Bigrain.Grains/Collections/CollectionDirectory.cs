using System.Collections.Concurrent;
using System.Collections.Immutable;
using Bigrain.Index.Blobs;
using Bigrain.Index.Catalog;
using Bigrain.Index.Errors;
using Bigrain.Index.Schema;

namespace Bigrain.Grains.Collections;

/// <summary>The HEADs this silo knows, a second old under traffic; one that cannot be read again stays in use.</summary>
/// <remarks>Thread safe. Many callers share one read, and none waits long for one that a store in trouble keeps: queries and
/// heartbeats go on with the HEAD that is known.</remarks>
/// <param name="catalog">Where HEADs are.</param>
/// <param name="time">Clock.</param>
public sealed class CollectionDirectory(CollectionCatalog catalog, TimeProvider time)
{
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <summary>Gives a collection's HEAD and the descriptions of its generations.</summary>
    /// <exception cref="BigrainException"><see cref="ErrorCode.NotFound"/>: no such collection; <see cref="ErrorCode.InvalidArgument"/>: not a name.</exception>
    public ValueTask<CollectionSnapshot> GetAsync(string name, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(name);
        Entry entry = _entries.GetOrAdd(name, static _ => new Entry());
        CollectionSnapshot? known = entry.Known;
        return known is not null && time.GetElapsedTime(entry.ReadAt) < MaxAge
            ? ValueTask.FromResult(known)
            : new ValueTask<CollectionSnapshot>(WaitAsync(name, entry, known, cancellationToken));
    }

    /// <summary>What is known of a collection, however old; null when nothing is. Asks nobody.</summary>
    public CollectionSnapshot? Peek(string name) => _entries.TryGetValue(name, out Entry? entry) ? entry.Known : null;

    /// <summary>Gives the description of a generation of a collection; it never changes.</summary>
    /// <exception cref="CorruptBlobException">It is damaged or missing.</exception>
    public ValueTask<GenerationRecord> GetGenerationAsync(CollectionHead head, int generation, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(head);
        return ReadGenerationAsync(_entries.GetOrAdd(head.Name, static _ => new Entry()), head.Incarnation, generation, cancellationToken);
    }

    /// <summary>Reads a HEAD again at its next use: it was changed, or what it said no longer holds.</summary>
    public void Forget(string name) => _entries.TryRemove(name, out _);

    /// <summary>Reads again, at their next use, the HEAD of a life that ended and every HEAD that is being read now: the read may have begun
    /// before that end.</summary>
    public void Forget(CollectionIncarnation incarnation)
    {
        foreach (KeyValuePair<string, Entry> pair in _entries)
        {
            if (pair.Value.Known?.Head.Incarnation == incarnation || pair.Value.IsReading)
            {
                _entries.TryRemove(pair);
            }
        }
    }

    private async Task<CollectionSnapshot> WaitAsync(string name, Entry entry, CollectionSnapshot? known, CancellationToken cancellationToken)
    {
        long asked = time.GetTimestamp();
        (Task<CollectionSnapshot> reading, long since) = Read(name, entry);
        if (known is null)
        {
            try
            {
                return await reading.WaitAsync(cancellationToken);
            }
            catch (BigrainException error) when (error.Code == ErrorCode.NotFound && since < asked)
            {
                // That read was under way when this caller came, who may know of a collection made since.
                (reading, _) = Read(name, _entries.GetOrAdd(name, static _ => new Entry()));
                return await reading.WaitAsync(cancellationToken);
            }
        }

        TimeSpan left = Patience - time.GetElapsedTime(since);
        try
        {
            return await reading.WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, time, cancellationToken);
        }
        catch (Exception failure) when (failure is TimeoutException or BlobStoreException)
        {
            return known;
        }
    }

    private (Task<CollectionSnapshot> Reading, long Since) Read(string name, Entry entry) =>
        entry.Read(() => Task.Run(() => ReadAsync(name, entry), CancellationToken.None), time);

    private async Task<CollectionSnapshot> ReadAsync(string name, Entry entry)
    {
        long readAt = time.GetTimestamp();
        if (await catalog.ReadAsync(name, CancellationToken.None) is not { } head)
        {
            _entries.TryRemove(new KeyValuePair<string, Entry>(name, entry));
            throw new BigrainException(ErrorCode.NotFound, $"there is no collection '{name}': create it first, or look which there are with 'bigrain collection list'", "collection");
        }

        CollectionSnapshot now = entry.Known is { } before && before.Head == head ? before : await DescribeAsync(entry, head);
        entry.Accept(now, readAt);
        return now;
    }

    private async Task<CollectionSnapshot> DescribeAsync(Entry entry, CollectionHead head)
    {
        var generations = ImmutableArray.CreateBuilder<GenerationRecord>();
        foreach (int generation in head.Generations)
        {
            generations.Add(await ReadGenerationAsync(entry, head.Incarnation, generation, CancellationToken.None));
        }

        return new CollectionSnapshot(head, generations[0], [.. generations.Skip(1)]);
    }

    private async ValueTask<GenerationRecord> ReadGenerationAsync(
        Entry entry, CollectionIncarnation incarnation, int generation, CancellationToken cancellationToken)
    {
        if (!entry.Generations.TryGetValue((incarnation, generation), out GenerationRecord? record))
        {
            record = await catalog.ReadGenerationAsync(incarnation, generation, cancellationToken);
            entry.Generations.TryAdd((incarnation, generation), record);
        }

        return record;
    }

    private sealed class Entry
    {
        private readonly Lock _gate = new();
        private Task<CollectionSnapshot>? _reading;
        private long _readingSince;
        private long _readAt;
        private volatile CollectionSnapshot? _known;

        public ConcurrentDictionary<(CollectionIncarnation Incarnation, int Generation), GenerationRecord> Generations { get; } = new();

        public CollectionSnapshot? Known => _known;

        public long ReadAt => Volatile.Read(ref _readAt);

        public bool IsReading
        {
            get
            {
                lock (_gate)
                {
                    return _reading is { IsCompleted: false };
                }
            }
        }

        /// <summary>The read that runs, or a new one.</summary>
        public (Task<CollectionSnapshot> Reading, long Since) Read(Func<Task<CollectionSnapshot>> start, TimeProvider time)
        {
            lock (_gate)
            {
                if (_reading is null or { IsCompleted: true })
                {
                    _readingSince = time.GetTimestamp();
                    _reading = start();

                    // Those who have a HEAD do not wait for one that fails.
                    _reading.Ignore();
                }

                return (_reading, _readingSince);
            }
        }

        public void Accept(CollectionSnapshot known, long readAt)
        {
            _known = known;
            Volatile.Write(ref _readAt, readAt);
        }
    }
}
