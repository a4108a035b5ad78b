using System.Collections.Concurrent;
using Bigrain.Index.Blobs;
using Bigrain.Index.Catalog;
using Bigrain.Index.Errors;
using Bigrain.Index.Queries;
using Bigrain.Index.Scheduling;
using Bigrain.Index.Segments;
using Microsoft.Extensions.Logging;

namespace Bigrain.Index.Partitions;

/// <summary>The open partitions of a silo: opens and closes them, and runs both passes of queries over them.</summary>
/// <remarks>One per silo; it outlives grain activations, which are names for what is in here. Thread safe.</remarks>
public sealed partial class PartitionHost : IAsyncDisposable
{
    private static readonly TimeSpan SweepPeriod = TimeSpan.FromSeconds(5);

    // Longer than any build takes: another process may work in the same directory.
    private static readonly TimeSpan LeftoverAge = TimeSpan.FromHours(6);

    // Idle partitions are closed by their keeper; their segments stay this long for one that comes back.
    private static readonly TimeSpan IdleSegmentAge = TimeSpan.FromMinutes(5);

    private readonly PartitionServices _services;
    private readonly ScanPool _pool;
    private readonly ILogger _logger;
    private readonly ConcurrentDictionary<PartitionKey, Lazy<Task<Partition>>> _partitions = [];
    private readonly ConcurrentDictionary<long, SearchTicket> _tickets = [];
    private readonly ITimer _sweeper;
    private long _lastTicket;

    /// <summary>Makes an empty host.</summary>
    /// <param name="services">Parts that all partitions share.</param>
    /// <param name="pool">Threads for scans.</param>
    public PartitionHost(PartitionServices services, ScanPool pool)
    {
        ArgumentNullException.ThrowIfNull(services);
        _services = services;
        _pool = pool;
        _logger = services.Loggers.CreateLogger<PartitionHost>();
        SegmentWriter.DeleteLeftovers(services.WorkDirectory, services.Time.GetUtcNow() - LeftoverAge);
        _sweeper = services.Time.CreateTimer(_ => Sweep(), null, SweepPeriod, SweepPeriod);
    }

    /// <summary>Partitions that are open now.</summary>
    public IReadOnlyList<Partition> Partitions =>
        [.. _partitions.Values.Where(entry => entry.IsValueCreated && entry.Value.IsCompletedSuccessfully).Select(entry => entry.Value.Result)];

    /// <summary>Opens a partition, or gives the one that is open; several callers share one load. One that failed is tried again.</summary>
    /// <param name="key">Which replica.</param>
    /// <param name="head">Its collection.</param>
    /// <param name="generation">Its generation.</param>
    /// <param name="mayFreeze">Whether a load may freeze a long log on the way, which only the primary does.</param>
    /// <param name="cancellationToken">Gives up waiting; the load goes on.</param>
    /// <exception cref="BigrainException"><see cref="ErrorCode.Overloaded"/>: it does not fit the memory budget.</exception>
    /// <exception cref="CorruptBlobException">A blob is damaged.</exception>
    public async Task<Partition> OpenAsync(
        PartitionKey key, CollectionHead head, GenerationRecord generation, bool mayFreeze, CancellationToken cancellationToken)
    {
        if (TryGet(key, out Partition? open) && open.IsClosing)
        {
            await CloseAsync(key, open);
        }

        if (_partitions.TryGetValue(key, out Lazy<Task<Partition>>? failed) && failed.IsValueCreated && failed.Value.IsFaulted)
        {
            _partitions.TryRemove(new KeyValuePair<PartitionKey, Lazy<Task<Partition>>>(key, failed));
        }

        Lazy<Task<Partition>> entry = _partitions.GetOrAdd(
            key, _ => new Lazy<Task<Partition>>(() => Task.Run(() => Partition.OpenAsync(key, head, generation, _services, mayFreeze, CancellationToken.None))));
        return await entry.Value.WaitAsync(cancellationToken);
    }

    /// <summary>Gives a partition that is open.</summary>
    public bool TryGet(PartitionKey key, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Partition? partition)
    {
        bool open = _partitions.TryGetValue(key, out Lazy<Task<Partition>>? entry)
            && entry.IsValueCreated && entry.Value.IsCompletedSuccessfully;
        partition = open ? entry!.Value.Result : null;
        return open;
    }

    /// <summary>Closes exactly this partition, not one that was opened after it under the same key.</summary>
    public async Task CloseAsync(PartitionKey key, Partition partition)
    {
        ArgumentNullException.ThrowIfNull(partition);
        if (_partitions.TryGetValue(key, out Lazy<Task<Partition>>? entry)
            && entry.IsValueCreated
            && entry.Value.IsCompletedSuccessfully
            && entry.Value.Result == partition
            && _partitions.TryRemove(new KeyValuePair<PartitionKey, Lazy<Task<Partition>>>(key, entry)))
        {
            await partition.DisposeAsync();
        }
    }

    /// <summary>Closes a partition; queries that still run keep what they hold. Closing one that is not open does nothing.</summary>
    public async Task CloseAsync(PartitionKey key)
    {
        if (!_partitions.TryRemove(key, out Lazy<Task<Partition>>? entry))
        {
            return;
        }

        try
        {
            await (await entry.Value).DisposeAsync();
        }
#pragma warning disable CA1031 // a partition that never opened has nothing to close
        catch (Exception exception)
#pragma warning restore CA1031
        {
            LogNeverOpened(exception, key);
        }
    }

    /// <summary>Runs the coarse pass of a packed <see cref="SearchRequest"/>.</summary>
    /// <param name="request">The request.</param>
    /// <param name="cancellationToken">Ends it, the scan included.</param>
    /// <returns>A packed <see cref="SearchReply"/>; what was not open or not current is visible in it.</returns>
    /// <exception cref="BigrainException"><see cref="ErrorCode.Overloaded"/>: the scan queue is full.</exception>
    public async Task<byte[]> SearchAsync(byte[] request, CancellationToken cancellationToken)
    {
        SearchRequest search = SearchRequest.Decode(request);
        var answers = new PartitionAnswer[search.Partitions.Length];
        var ticket = NewTicket(search);
        try
        {
            await TakeSnapshotsAsync(ticket, answers, cancellationToken);
            long now = _services.Time.GetUtcNow().ToUnixTimeMilliseconds();
            (SearchCandidate[] candidates, QueryCost cost) = await _pool.RunAsync(
                token => CoarsePass.Run(ticket, now, token), cancellationToken);
            byte[] reply = new SearchReply { Ticket = ticket.Id, Answers = answers, Candidates = candidates, Cost = cost }.Encode();
            if (candidates.Length > 0)
            {
                _tickets[ticket.Id] = ticket;
                ticket = null;
            }

            return reply;
        }
        finally
        {
            // A scan that was cancelled in the queue never runs; one that runs holds the snapshots to its end,
            // because the pool's task ends only after it.
            ticket?.Dispose();
        }
    }

    /// <summary>Verifies the survivors of a packed <see cref="VerifyRequest"/>.</summary>
    /// <param name="request">The request.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>A packed <see cref="VerifyReply"/>.</returns>
    /// <exception cref="BigrainException"><see cref="ErrorCode.DeadlineExceeded"/>: the query's time is up and its snapshots are gone.</exception>
    public async Task<byte[]> VerifyAsync(byte[] request, CancellationToken cancellationToken)
    {
        VerifyRequest verify = VerifyRequest.Decode(request);
        if (!_tickets.TryRemove(verify.Ticket, out SearchTicket? ticket))
        {
            throw new BigrainException(ErrorCode.DeadlineExceeded, "the query's time was up before its verification began");
        }

        using (ticket)
        {
            long now = _services.Time.GetUtcNow().ToUnixTimeMilliseconds();
            VerifyReply reply = await Verification.RunAsync(ticket, verify, now, OnCorrupt, cancellationToken);
            return reply.Encode();
        }
    }

    /// <summary>Reads the log where a reader must see more than is applied: for a token, for a strong read, and where the writer has not
    /// been heard for too long to know that nothing is missing.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="consistency">What the reader must see.</param>
    /// <param name="minSequences">Per stream the sequence that must be visible; empty asks for nothing.</param>
    /// <param name="budget">Time of the reader; half of it may be spent here.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Whether it has what is asked, or is <see cref="PartitionAnswer.Behind"/>.</returns>
    public async Task<PartitionAnswer> EnsureCurrentAsync(
        Partition partition, Consistency consistency, long[] minSequences, TimeSpan budget, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(partition);
        if (consistency != Consistency.Strong && partition.Covers(minSequences) && partition.IsFresh())
        {
            return PartitionAnswer.Answered;
        }

        // The scan needs time too: what is not there after half of the budget is behind.
        using var deadline = new CancellationTokenSource(budget / 2, _services.Time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            await partition.CatchUpAsync(linked.Token);
            return partition.Covers(minSequences) ? PartitionAnswer.Answered : PartitionAnswer.Behind;
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            return PartitionAnswer.Behind;
        }
        catch (Exception failure) when (failure is BlobStoreException or BigrainException { Code: ErrorCode.Unavailable })
        {
            LogCannotCatchUp(failure, partition.Key);
            return PartitionAnswer.Behind;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _sweeper.DisposeAsync();
        foreach (long id in _tickets.Keys)
        {
            if (_tickets.TryRemove(id, out SearchTicket? ticket))
            {
                ticket.Dispose();
            }
        }

        foreach (PartitionKey key in _partitions.Keys)
        {
            await CloseAsync(key);
        }
    }

    private SearchTicket NewTicket(SearchRequest search) => new(
        Interlocked.Increment(ref _lastTicket),
        search,
        _services.Time.GetTimestamp() + (long)(search.Budget.TotalSeconds * _services.Time.TimestampFrequency));

    private async Task TakeSnapshotsAsync(SearchTicket ticket, PartitionAnswer[] answers, CancellationToken cancellationToken)
    {
        SearchRequest search = ticket.Request;
        var open = new Partition?[answers.Length];
        for (int i = 0; i < answers.Length; i++)
        {
            PartitionKey key = search.KeyAt(i);
            if (!TryGet(key, out open[i]))
            {
                answers[i] = HasCorruptBlob(key) ? PartitionAnswer.Corrupt : PartitionAnswer.NotReady;
            }
        }

        await Task.WhenAll(open.Select(async (partition, i) =>
        {
            if (partition is not null)
            {
                answers[i] = await EnsureCurrentAsync(partition, search.Consistency, search.MinSequences, search.Budget, cancellationToken);
            }
        }));
        for (int i = 0; i < answers.Length; i++)
        {
            if (open[i] is { } partition)
            {
                RequireSameModel(search, partition);
                answers[i] = AddSnapshot(ticket, partition) ? answers[i] : PartitionAnswer.NotReady;
            }
        }
    }

    /// <summary>Estimates of a query that went through another model would be wrong without any sign of it.</summary>
    private static void RequireSameModel(SearchRequest search, Partition partition)
    {
        if ((partition.Model?.Hash ?? 0) != search.Model)
        {
            throw new BigrainException(
                ErrorCode.NotFound,
                FormattableString.Invariant($"partition {partition.Key} has model {partition.Model?.Hash ?? 0:x32}, and the query went through {search.Model:x32}"),
                "model");
        }
    }

    /// <summary>Adds what a partition holds now; false when it was closed meanwhile.</summary>
    private static bool AddSnapshot(SearchTicket ticket, Partition partition)
    {
        if (!partition.TryTakeSnapshot(out PartitionSnapshot? snapshot))
        {
            return false;
        }

        ticket.Add(partition, snapshot);
        return true;
    }

    private bool HasCorruptBlob(PartitionKey key) =>
        _partitions.TryGetValue(key, out Lazy<Task<Partition>>? entry)
        && entry.IsValueCreated
        && entry.Value.Exception?.InnerException is CorruptBlobException;

    private void OnCorrupt(SegmentLocation location, CorruptBlobException damage)
    {
        LogCorrupt(damage, location);
        _services.Segments.Quarantine(location, damage);
    }

    private void Sweep()
    {
        _services.Segments.EvictIdle(IdleSegmentAge);
        long now = _services.Time.GetTimestamp();
        foreach ((long id, SearchTicket ticket) in _tickets)
        {
            if (ticket.ExpiresAt < now && _tickets.TryRemove(id, out SearchTicket? expired))
            {
                expired.Dispose();
            }
        }
    }
}
