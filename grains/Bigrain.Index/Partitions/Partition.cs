using System.Collections.Immutable;
using Bigrain.Index.Catalog;
using Bigrain.Index.Errors;
using Bigrain.Index.Log;
using Bigrain.Index.Routing;
using Microsoft.Extensions.Logging;

namespace Bigrain.Index.Partitions;

/// <summary>One open replica of a partition: applies the log in order, answers from immutable snapshots, freezes and compacts.</summary>
/// <remarks>
/// <para>The blobs are the truth and this is a cache of them: whatever it holds can be rebuilt from MANIFEST, segments
/// and the log above the floors. Any number of threads may call it.</para>
/// <para>Applying is serial. A snapshot is published once per log entry, so a query never sees half of one.</para>
/// </remarks>
public sealed partial class Partition : IAsyncDisposable
{
    private readonly PartitionServices _services;
    private readonly ILogger _logger;
    private readonly LogReader[] _readers;
    private readonly PartitionState _state;
    private readonly PartitionCommitter _committer;
    private readonly SegmentBuilder _builder;
    private readonly SemaphoreSlim _applying = new(1, 1);
    private readonly PartitionMaintenance _maintenance;
    private volatile bool _closing;

    private Partition(
        PartitionKey key, CollectionHead head, GenerationRecord generation, PartitionServices services, PartitionCommitter committer)
    {
        Key = key;
        Head = head;
        Generation = generation;
        _services = services;
        _logger = services.Loggers.CreateLogger<Partition>();
        _committer = committer;
        _builder = new SegmentBuilder(key, head, generation, services, () => Statistics.DocumentCount);
        var router = new HashRouter(generation.PartitionCount);
        int streamCount = head.Schema.StreamCount;
        Streams = [.. Enumerable.Range(0, streamCount).Where(stream => router.Follows(key.Partition, stream, streamCount))];
        _readers = [.. Enumerable.Range(0, streamCount).Select(stream => new LogReader(services.Store, new StreamKey(key.Incarnation, stream)))];
        _state = new PartitionState(key.Partition, router, head.Schema.Default, streamCount, services.Budget, services.Time);
        _maintenance = new PartitionMaintenance(key, services, _state, _applying, committer, _builder);
    }

    /// <summary>Which replica this is.</summary>
    public PartitionKey Key { get; }

    /// <summary>The collection as it was when the partition was opened.</summary>
    public CollectionHead Head { get; }

    /// <summary>The generation it belongs to.</summary>
    public GenerationRecord Generation { get; }

    /// <summary>Streams whose range overlaps this partition's.</summary>
    public ImmutableArray<int> Streams { get; }

    /// <summary>Whether this replica must be closed and opened again: a newer owner took over, it is being closed, or an entry failed half-way.</summary>
    public bool IsFenced => _closing || _state.IsBroken || _maintenance.IsFenced;

    /// <summary>Whether the tail is so far behind its freezes that writers must wait.</summary>
    public bool Overfull
    {
        get
        {
            PartitionSnapshot snapshot = TakeSnapshot();
            try
            {
                return _state.IsOverBudget
                    || snapshot.Tails.Sum(view => (long)view.Tail.RowCount) > _services.Options.MaxTailDocuments
                    || snapshot.Tails.Sum(view => view.Tail.MemoryBytes) > _services.Options.MaxTailBytes;
            }
            finally
            {
                snapshot.Release();
            }
        }
    }

    /// <summary>What the partition holds now.</summary>
    public PartitionStatistics Statistics
    {
        get
        {
            PartitionSnapshot snapshot = TakeSnapshot();
            try
            {
                long tailDocuments = snapshot.Tails.Sum(view => (long)view.Tail.RowCount - view.Tail.DeadCount);
                return new PartitionStatistics(
                    snapshot.Segments.Sum(view => (long)view.AliveCount) + tailDocuments,
                    tailDocuments,
                    snapshot.Segments.Length,
                    snapshot.Segments.Sum(view => (long)view.Deletes.DeadCount),
                    snapshot.Segments.Sum(view => view.Segment.Coarse.MemoryBytes),
                    snapshot.Tails.Sum(view => view.Tail.MemoryBytes),
                    _builder.BytesFrozen,
                    _builder.BytesWritten,
                    [.. snapshot.Segments.Select(view => view.Descriptor.Codec).Distinct().Order()]);
            }
            finally
            {
                snapshot.Release();
            }
        }
    }

    /// <summary>Opens a partition: manifest, segments, then the log above the floors.</summary>
    /// <param name="key">Which replica.</param>
    /// <param name="head">Its collection.</param>
    /// <param name="generation">Its generation.</param>
    /// <param name="services">Shared parts.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BigrainException"><see cref="ErrorCode.Overloaded"/>: it does not fit the memory budget; the message has the numbers.</exception>
    /// <exception cref="Blobs.CorruptBlobException">A blob is damaged; nothing of it is served.</exception>
    public static async Task<Partition> OpenAsync(
        PartitionKey key,
        CollectionHead head,
        GenerationRecord generation,
        PartitionServices services,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(head);
        ArgumentNullException.ThrowIfNull(generation);
        ArgumentNullException.ThrowIfNull(services);
        PartitionCommitter committer = await PartitionCommitter.OpenAsync(key, head.Schema, services, cancellationToken);
        var partition = new Partition(key, head, generation, services, committer);
        try
        {
            await partition.LoadAsync(cancellationToken);
            return partition;
        }
        catch
        {
            await partition.DisposeAsync();
            throw;
        }
    }

    /// <summary>Last applied sequence of a stream; 0 for none.</summary>
    public long AppliedSequence(int stream) => _state.Applied(stream);

    /// <summary>Applies a committed log entry. One that was applied before changes nothing; a gap is read from the log first.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="cancellationToken">Gives up before the next entry, never inside one.</param>
    public async ValueTask PushAsync(LogEntry entry, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(entry);
        await _applying.WaitAsync(cancellationToken);
        try
        {
            for (long next = _state.Applied(entry.Stream) + 1; next < entry.Sequence; next++)
            {
                _state.Apply(await _readers[entry.Stream].ReadAsync(next, cancellationToken)
                    ?? throw new BigrainException(ErrorCode.Unavailable, $"log entry {next} of stream {entry.Stream} cannot be read yet: retry"));
            }

            if (entry.Sequence > _state.Applied(entry.Stream))
            {
                _state.Apply(entry);
            }
        }
        finally
        {
            _state.Publish();
            _applying.Release();
        }
    }

    /// <summary>Reads the log of every followed stream until the next name is absent.</summary>
    /// <param name="cancellationToken">Gives up; what was applied stays.</param>
    public async Task CatchUpAsync(CancellationToken cancellationToken)
    {
        foreach (int stream in Streams)
        {
            await _applying.WaitAsync(cancellationToken);
            try
            {
                while (await _readers[stream].ReadAsync(_state.Applied(stream) + 1, cancellationToken) is { } entry)
                {
                    _state.Apply(entry);
                }
            }
            finally
            {
                _state.Publish();
                _applying.Release();
            }
        }
    }

    /// <summary>Freezes the tail and merges segments where that is due; does nothing when nothing is due.</summary>
    /// <param name="cancellationToken">Gives up between steps; nothing is half done.</param>
    /// <returns>Whether anything was done.</returns>
    /// <exception cref="BigrainException"><see cref="ErrorCode.Fenced"/>: a newer owner changed the manifest; close and open again.</exception>
    public Task<bool> MaintainAsync(CancellationToken cancellationToken) => _maintenance.RunAsync(cancellationToken);

    /// <summary>Freezes what the tail holds and merges all segments into as few as their size limit allows, without dead slots.</summary>
    /// <param name="cancellationToken">Gives up between steps; nothing is half done.</param>
    /// <exception cref="BigrainException"><see cref="ErrorCode.Fenced"/>: a newer owner changed the manifest; close and open again.</exception>
    public Task CompactAsync(CancellationToken cancellationToken) => _maintenance.CompactAsync(cancellationToken);

    /// <summary>Turns the tail into a segment, whatever its size; does nothing when nothing was applied since the last freeze.</summary>
    /// <param name="cancellationToken">Gives up; the tail stays searchable and is frozen next time.</param>
    public Task FreezeAsync(CancellationToken cancellationToken) => _maintenance.FreezeAsync(cancellationToken);

    /// <summary>Reads a document by its id.</summary>
    /// <param name="id">The id, UTF-8.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The document, or null when there is none.</returns>
    /// <exception cref="Blobs.CorruptBlobException">Its record or payload is damaged.</exception>
    public async ValueTask<StoredDocument?> GetAsync(ReadOnlyMemory<byte> id, CancellationToken cancellationToken)
    {
        PartitionSnapshot snapshot = TakeSnapshot();
        try
        {
            return await DocumentReader.FindAsync(
                snapshot, id, _services.IdHash.Hash(id.Span), _services.Time.GetUtcNow().ToUnixTimeMilliseconds(), cancellationToken);
        }
        finally
        {
            snapshot.Release();
        }
    }

    /// <summary>A snapshot with a reference of its own; the caller releases it.</summary>
    internal PartitionSnapshot TakeSnapshot() => _state.TakeSnapshot();

    /// <summary>Whether every sequence asked for is applied.</summary>
    /// <param name="minSequences">Per stream; a shorter or empty list asks for nothing of the rest.</param>
    internal bool Covers(ReadOnlySpan<long> minSequences)
    {
        foreach (int stream in Streams)
        {
            if (stream < minSequences.Length && _state.Applied(stream) < minSequences[stream])
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Ends freezes and merges, then frees everything once the last query let go. No other call may follow.</summary>
    public async ValueTask DisposeAsync()
    {
        _closing = true;
        await _maintenance.DisposeAsync();
        await _applying.WaitAsync(CancellationToken.None);
        _state.Close();

        // Whoever still waits for the lock finds the state closed; disposing the lock would strand them.
        _applying.Release();
    }

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        _state.Load(await _committer.OpenSegmentsAsync(cancellationToken), _committer.Manifest.Floors);
        foreach (int stream in Streams)
        {
            await foreach (LogEntry entry in _readers[stream].ReadFromAsync(_committer.Manifest.Floors[stream], cancellationToken))
            {
                _state.Apply(entry);
                if (_maintenance.FreezeIsDue)
                {
                    // A long log after a crash must not grow the tail past its budget.
                    _state.Publish();
                    await FreezeAsync(cancellationToken);
                }
            }
        }

        _state.Publish();
        LogOpened(Key, _state.Segments.Length, _state.Tail.RowCount);
    }
}
