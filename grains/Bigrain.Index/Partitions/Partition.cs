using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Bigrain.Index.Blobs;
using Bigrain.Index.Catalog;
using Bigrain.Index.Coarse;
using Bigrain.Index.Documents;
using Bigrain.Index.Errors;
using Bigrain.Index.Log;
using Bigrain.Index.Routing;
using Bigrain.Index.Segments;
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
    /// <summary>A heartbeat older than this is late: the log is read before a query is answered.</summary>
    public static readonly TimeSpan LateAfter = TimeSpan.FromSeconds(2);

    private readonly PartitionServices _services;
    private readonly ILogger _logger;
    private readonly PartitionParts _parts;
    private readonly LogApplier _log;
    private readonly SemaphoreSlim _following = new(1, 1);
    private volatile bool _closing;

    private Partition(PartitionParts parts, GenerationRecord generation, PartitionLineage lineage)
    {
        _parts = parts;
        _log = new LogApplier(parts, lineage);
        _services = parts.Services;
        _logger = parts.Services.Loggers.CreateLogger<Partition>();
        Generation = generation;
    }

    /// <summary>Which partition this is.</summary>
    public PartitionKey Key => _parts.Key;

    /// <summary>The collection as it was when the partition was opened, with the schema of the partition's generation.</summary>
    public CollectionHead Head => _parts.Head;

    /// <summary>Parts that it shares with the other partitions of the silo.</summary>
    internal PartitionServices Services => _services;

    /// <summary>Trained model of its generation; null: none.</summary>
    public Models.ModelTransform? Model => _parts.Tables?.Model;

    /// <summary>What its generation has learned; null: nothing.</summary>
    internal LearnedTables? Tables => _parts.Tables;

    /// <summary>The generation it belongs to.</summary>
    public GenerationRecord Generation { get; }

    /// <summary>Streams whose range overlaps this partition's.</summary>
    public ImmutableArray<int> Streams => _parts.Streams;

    /// <summary>Whether it is being closed and must be opened again.</summary>
    public bool IsClosing => _closing;

    /// <summary>Whether what it holds cannot go on, so that it must <see cref="FollowAsync"/>: another silo swapped the manifest,
    /// an entry failed half-way, or the log was trimmed above what is applied. It still answers.</summary>
    public bool IsFenced => Lineage.IsFenced;

    /// <summary>Revision of the manifest that it follows or last committed.</summary>
    public long Revision => Lineage.Committer.Manifest.Revision;

    /// <summary>Whether the tail should be in a segment by now: the primary freezes it, another replica looks for the primary's segment.</summary>
    public bool FreezeIsDue => Lineage.Maintenance.FreezeIsDue;

    /// <summary>How old the knowledge is that the whole log is applied; the oldest of its streams.</summary>
    public TimeSpan LogAge => _log.Age;

    /// <summary>Whether the tail is so far behind its freezes that writers must wait.</summary>
    public bool Overfull
    {
        get
        {
            using SnapshotLease lease = Lease();
            return Lineage.State.IsOverBudget
                || lease.Snapshot.Tails.Sum(view => (long)view.Tail.RowCount) > _services.Options.MaxTailDocuments
                || lease.Snapshot.Tails.Sum(view => view.Tail.MemoryBytes) > _services.Options.MaxTailBytes;
        }
    }

    /// <summary>What the partition holds now.</summary>
    public PartitionStatistics Statistics
    {
        get
        {
            using SnapshotLease lease = Lease();
            return PartitionStatistics.Of(lease.Snapshot, _parts.Builder);
        }
    }

    private PartitionLineage Lineage => _log.Lineage;

    private long NowMilliseconds => _services.Time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Opens a partition: manifest, segments, then the log above the floors.</summary>
    /// <param name="key">Which partition.</param>
    /// <param name="head">Its collection.</param>
    /// <param name="generation">The generation in whose folder it is.</param>
    /// <param name="services">Shared parts.</param>
    /// <param name="mayFreeze">Whether a long log may be frozen on the way, which only the primary does.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BigrainException"><see cref="ErrorCode.Overloaded"/>: it does not fit the memory budget; the message has the numbers.</exception>
    /// <exception cref="CorruptBlobException">A blob is damaged; nothing of it is served.</exception>
    public static async Task<Partition> OpenAsync(
        PartitionKey key,
        CollectionHead head,
        GenerationRecord generation,
        PartitionServices services,
        bool mayFreeze,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(head);
        ArgumentNullException.ThrowIfNull(generation);
        ArgumentNullException.ThrowIfNull(services);
        head = head with { Schema = generation.SchemaOf(head.Schema) };
        LearnedTables? tables = await services.Tables.GetAsync(head, generation, cancellationToken);
        var router = new HashRouter(generation.PartitionCount);
        int streamCount = head.Schema.StreamCount;

        // The builder asks for the partition's size long after it is open.
        Partition? opened = null;
        var parts = new PartitionParts(
            key,
            head,
            tables,
            services,
            router,
            [.. Enumerable.Range(0, streamCount).Where(stream => router.Follows(key.Partition, stream, streamCount))],
            [.. Enumerable.Range(0, streamCount).Select(stream => new LogReader(services.Store, new StreamKey(key.Incarnation, stream), services.RecentLog))],
            new SegmentBuilder(key, head, generation, tables, services, () => opened?.Statistics.DocumentCount ?? 0),
            new LogFreshness(streamCount, services.Time),
            new SemaphoreSlim(1, 1));
        opened = new Partition(parts, generation, await PartitionLineage.OpenAsync(parts, mayFreeze, cancellationToken));
        opened.LogOpened(key, opened.Lineage.State.Segments.Length, opened.Lineage.State.Tail.RowCount);
        return opened;
    }

    /// <summary>Last sequence of a stream that a query taken now would see; 0 for none. What is applied but not published yet, while
    /// the log is read on, does not count.</summary>
    public long AppliedSequence(int stream) => Lineage.State.Published(stream);

    /// <summary>Applies a committed log entry. One that was applied before changes nothing; a gap is read from the log first.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="cancellationToken">Gives up before the next entry, never inside one.</param>
    public ValueTask PushAsync(LogEntry entry, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return _log.PushAsync(entry, cancellationToken);
    }

    /// <summary>Reads the log of every followed stream until the next name is absent.</summary>
    /// <param name="cancellationToken">Gives up; what was applied stays.</param>
    public Task CatchUpAsync(CancellationToken cancellationToken) => _log.CatchUpAsync(cancellationToken);

    /// <summary>Reads the log of one stream until the next name is absent.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="cancellationToken">Gives up; what was applied stays.</param>
    public Task CatchUpAsync(int stream, CancellationToken cancellationToken) => _log.CatchUpAsync(stream, cancellationToken);

    /// <summary>Takes in a writer's heartbeat, and reads the log in the background where it shows that entries are missing.</summary>
    /// <param name="stream">The writer's stream.</param>
    /// <param name="epoch">The writer's epoch.</param>
    /// <param name="lastSequence">Last sequence that the writer acknowledged.</param>
    public void Heard(int stream, long epoch, long lastSequence) => _log.Heard(stream, epoch, lastSequence);

    /// <summary>Sees to it that the log is read soon when nobody has said for a while how long it is.</summary>
    /// <returns>Whether the knowledge is young enough for a query; if not, <see cref="CatchUpAsync(CancellationToken)"/> comes first.</returns>
    public bool IsFresh() => _log.IsFresh();

    /// <summary>Takes over what another silo has committed: segments of the newer manifest, then the log above its floors, in one
    /// snapshot swap. Queries see no gap, and what was applied stays applied.</summary>
    /// <param name="cancellationToken">Gives up; the partition goes on as it was.</param>
    /// <returns>Whether there was anything newer.</returns>
    /// <exception cref="BigrainException"><see cref="ErrorCode.Overloaded"/>: the newer segments do not fit beside the old ones.</exception>
    /// <exception cref="CorruptBlobException">A blob is damaged; the partition goes on with what it has.</exception>
    public async Task<bool> FollowAsync(CancellationToken cancellationToken)
    {
        await _following.WaitAsync(cancellationToken);
        try
        {
            if (_closing || (!IsFenced && !await Lineage.Committer.IsBehindAsync(cancellationToken)))
            {
                return false;
            }

            PartitionLineage next = await PartitionLineage.OpenAsync(_parts, mayFreeze: false, cancellationToken);
            PartitionLineage old = Lineage;
            try
            {
                await _log.SwapAsync(next, cancellationToken);
            }
            catch
            {
                await next.DisposeAsync();
                throw;
            }

            await old.DisposeAsync();
            next.Committer.ForgetOthers();
            LogFollowed(Key, next.Committer.Manifest.Revision);
            return true;
        }
        finally
        {
            _following.Release();
        }
    }

    /// <summary>Freezes the tail and merges segments where that is due; does nothing when nothing is due.</summary>
    /// <param name="cancellationToken">Gives up between steps; nothing is half done.</param>
    /// <returns>Whether anything was done.</returns>
    /// <exception cref="BigrainException"><see cref="ErrorCode.Fenced"/>: a newer owner changed the manifest: <see cref="FollowAsync"/>.</exception>
    public Task<bool> MaintainAsync(CancellationToken cancellationToken) => Lineage.Maintenance.RunAsync(cancellationToken);

    /// <summary>Freezes what the tail holds and merges all segments into as few as their size limit allows, without dead slots.</summary>
    /// <param name="cancellationToken">Gives up between steps; nothing is half done.</param>
    /// <exception cref="BigrainException"><see cref="ErrorCode.Fenced"/>: a newer owner changed the manifest: <see cref="FollowAsync"/>.</exception>
    public Task CompactAsync(CancellationToken cancellationToken) => Lineage.Maintenance.CompactAsync(cancellationToken);

    /// <summary>Turns the tail into a segment, whatever its size; does nothing when nothing was applied since the last freeze.</summary>
    /// <param name="cancellationToken">Gives up; the tail stays searchable and is frozen next time.</param>
    public Task FreezeAsync(CancellationToken cancellationToken) => Lineage.Maintenance.FreezeAsync(cancellationToken);

    /// <summary>Reads a document by its id.</summary>
    /// <param name="id">The id, UTF-8.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The document, or null when there is none.</returns>
    /// <exception cref="CorruptBlobException">Its record or payload is damaged.</exception>
    public async ValueTask<StoredDocument?> GetAsync(ReadOnlyMemory<byte> id, CancellationToken cancellationToken)
    {
        using SnapshotLease lease = Lease();
        return await DocumentReader.FindAsync(lease.Snapshot, id, _services.IdHash.Hash(id.Span), NowMilliseconds, cancellationToken);
    }

    /// <summary>Reads living documents in the order of id hash and id.</summary>
    /// <param name="after">Where the page before ended; null for the first.</param>
    /// <param name="limit">Most documents.</param>
    /// <param name="maxBytes">Bytes after which no more are added; one document is always given where there is one.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="CorruptBlobException">A record or payload is damaged.</exception>
    public async Task<DocumentPage> PageAsync(DocumentCursor? after, int limit, long maxBytes, CancellationToken cancellationToken)
    {
        using SnapshotLease lease = Lease();
        return await DocumentPager.ReadAsync(lease.Snapshot, after, limit, maxBytes, NowMilliseconds, cancellationToken);
    }

    /// <summary>Reads dense records from the front of every segment, so that caches have them.</summary>
    /// <param name="maxBytes">Most bytes, spread over the segments by their size.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Bytes read.</returns>
    public async Task<long> WarmAsync(long maxBytes, CancellationToken cancellationToken)
    {
        using SnapshotLease lease = Lease();
        double slots = Math.Max(1, lease.Snapshot.Segments.Sum(view => (long)view.Segment.SlotCount));
        long bytes = 0;
        foreach (SegmentView view in lease.Snapshot.Segments)
        {
            double share = Math.Min(long.MaxValue / 2, maxBytes * (view.Segment.SlotCount / slots));
            bytes += await view.Segment.Dense.WarmAsync((long)share, cancellationToken);
        }

        return bytes;
    }

    /// <summary>Versions of documents, as far as the log is applied; reads no record.</summary>
    /// <param name="ids">Ids, UTF-8.</param>
    /// <returns>One for each; <see cref="RowVersion.None"/> where there is no such document.</returns>
    public RowVersion[] VersionsOf(IReadOnlyList<ReadOnlyMemory<byte>> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        using SnapshotLease lease = Lease();
        PartitionSnapshot snapshot = lease.Snapshot;
        long now = NowMilliseconds;
        return [.. ids.Select(id => DocumentReader.VersionOf(snapshot, id.Span, _services.IdHash.Hash(id.Span), now))];
    }

    /// <summary>A snapshot with a reference of its own; the caller releases it.</summary>
    /// <exception cref="BigrainException"><see cref="ErrorCode.Unavailable"/>: it is closed.</exception>
    internal PartitionSnapshot TakeSnapshot() => TryTakeSnapshot(out PartitionSnapshot? snapshot)
        ? snapshot
        : throw new BigrainException(ErrorCode.Unavailable, "the partition is closing: retry");

    /// <summary>Gives a snapshot with a reference of its own, which the caller releases; false once the partition is closed.</summary>
    internal bool TryTakeSnapshot([NotNullWhen(true)] out PartitionSnapshot? snapshot)
    {
        while (true)
        {
            PartitionLineage lineage = Lineage;
            if (lineage.State.TryTakeSnapshot(out snapshot))
            {
                return true;
            }

            // Closed for good, or only left for a newer lineage.
            if (lineage == Lineage)
            {
                return false;
            }
        }
    }

    /// <summary>Whether every sequence asked for is applied.</summary>
    /// <param name="minSequences">Per stream; a shorter or empty list asks for nothing of the rest.</param>
    internal bool Covers(ReadOnlySpan<long> minSequences)
    {
        foreach (int stream in Streams)
        {
            if (stream < minSequences.Length && AppliedSequence(stream) < minSequences[stream])
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
        await _following.WaitAsync(CancellationToken.None);
        try
        {
            await Lineage.Maintenance.DisposeAsync();
            await _parts.Applying.WaitAsync(CancellationToken.None);
            await Lineage.DisposeAsync();

            // Whoever still waits for the lock finds the state closed; disposing the lock would strand them.
            _parts.Applying.Release();
        }
        finally
        {
            _following.Release();
        }
    }

    /// <summary>A snapshot to look at until the end of a scope.</summary>
    private SnapshotLease Lease() => new(TakeSnapshot());
}
