using System.Collections.Concurrent;
using Bigrain.Grains.Collections;
using Bigrain.Grains.Placement;
using Bigrain.Index.Catalog;
using Bigrain.Index.Errors;
using Bigrain.Index.Partitions;
using Microsoft.Extensions.Logging;

namespace Bigrain.Grains.Partitions;

/// <summary>Loads, maintains and unloads the partitions of a silo in the background; grains only ask it.</summary>
/// <remarks>What is loaded belongs to the silo: an activation that is dropped and made again finds it as it was. Thread safe.</remarks>
internal sealed partial class PartitionKeeper : IAsyncDisposable
{
    private const int ConcurrentLoads = 2;

    // How often another silo's manifest is looked at while the tail here should be in a segment by now.
    private static readonly TimeSpan FollowPeriod = TimeSpan.FromSeconds(2);

    private readonly PartitionHost _host;
    private readonly CollectionDirectory _directory;
    private readonly SiloMap _silos;
    private readonly KeeperOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<PartitionKeeper> _logger;
    private readonly ConcurrentDictionary<PartitionKey, KeptPartition> _kept = new();
    private readonly SemaphoreSlim _loads = new(ConcurrentLoads, ConcurrentLoads);
    private readonly SemaphoreSlim _freezes;
    private readonly SemaphoreSlim _maintenance;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ITimer _timer;
    private readonly ITimer _spareTimer;

    public PartitionKeeper(PartitionHost host, CollectionDirectory directory, SiloMap silos, KeeperOptions options, TimeProvider time, ILogger<PartitionKeeper> logger)
    {
        _host = host;
        _directory = directory;
        _silos = silos;
        _options = options;
        _time = time;
        _logger = logger;
        _freezes = new SemaphoreSlim(options.ConcurrentFreezes, options.ConcurrentFreezes);
        _maintenance = new SemaphoreSlim(options.ConcurrentMaintenance, options.ConcurrentMaintenance);
        _timer = time.CreateTimer(_ => Sweep(), null, options.SweepPeriod, options.SweepPeriod);
        _spareTimer = time.CreateTimer(_ => SweepSpares(), null, options.UnloadSpareAfter / 2, options.UnloadSpareAfter / 2);
    }

    /// <summary>Called after a freeze or merge was committed, so that the other replicas hear of it; must not throw.</summary>
    public Action<KeptPartition>? Committed { get; set; }

    /// <summary>Everything that was asked for and not unloaded.</summary>
    public IEnumerable<KeptPartition> Kept => _kept.Values;

    /// <summary>Partitions that are loaded.</summary>
    public int LoadedCount => _kept.Values.Count(kept => kept.Loaded is not null);

    /// <summary>Gives a loaded partition, loading it first if needed; the load outlives a caller that gives up.</summary>
    /// <exception cref="BigrainException">The load failed; within a second of a failure the same error is given again.</exception>
    public Task<Partition> OpenAsync(string collection, PartitionKey key, CancellationToken cancellationToken) =>
        OpenAsync(collection, key, _time.GetTimestamp()).WaitAsync(cancellationToken);

    /// <summary>Loads a partition that is in use on another silo.</summary>
    /// <param name="collection">Name of the collection.</param>
    /// <param name="key">The partition.</param>
    /// <param name="usedAt">Timestamp of its last use.</param>
    public void Preload(string collection, PartitionKey key, long usedAt) => OpenAsync(collection, key, usedAt).Ignore();

    /// <summary>What is known of a partition; null when it was not asked for.</summary>
    public KeptPartition? Find(PartitionKey key) => _kept.GetValueOrDefault(key);

    /// <summary>Notes that a partition is in use.</summary>
    public void Touch(PartitionKey key)
    {
        if (_kept.TryGetValue(key, out KeptPartition? kept))
        {
            kept.LastUsed = _time.GetTimestamp();
        }
    }

    /// <summary>Whether a partition is of a generation that does not answer queries, or not any more.</summary>
    public bool IsSpare(string collection, PartitionKey key) => _directory.Peek(collection) is { } known && !known.IsCurrent(key);

    /// <summary>Time without use after which a partition is unloaded.</summary>
    public TimeSpan UnloadAfter(string collection, PartitionKey key) => IsSpare(collection, key) ? _options.UnloadSpareAfter : _options.UnloadAfter;

    /// <summary>Does in the background what is due, one run at a time for each partition: the primary merges, and beside that freezes;
    /// another replica looks for what the primary has committed.</summary>
    public void RequestMaintenance(Partition partition)
    {
        if (!_kept.TryGetValue(partition.Key, out KeptPartition? kept))
        {
            return;
        }

        lock (kept.Gate)
        {
            if (!IsDue(partition, kept))
            {
                return;
            }

            kept.MaintenanceWanted = true;
            if (kept.Maintenance is null or { IsCompleted: true })
            {
                kept.Maintenance = Task.Run(() => MaintainAsync(partition, kept));
            }

            if (partition.FreezeIsDue && IsMaintainer(partition) && kept.Freezes is null or { IsCompleted: true })
            {
                kept.Freezes = Task.Run(() => FreezeDueAsync(partition, kept));
            }
        }
    }

    /// <summary>Looks for what the primary has committed, now.</summary>
    public void RequestFollow(PartitionKey key)
    {
        if (Find(key) is { Loaded: { } partition } kept)
        {
            kept.FollowedAt = 0;
            RequestMaintenance(partition);
        }
    }

    /// <summary>Freezes a partition off the grain's turn. Once it has begun it goes on when the caller gives up; one that waits does not begin.</summary>
    public Task FreezeAsync(Partition partition, CancellationToken cancellationToken) => RunAsync(
        partition,
        _freezes,
        static async (target, token) =>
        {
            await target.CatchUpAsync(token);
            await target.FreezeAsync(token);
        },
        cancellationToken);

    /// <summary>Freezes and merges all of a partition, likewise.</summary>
    public Task CompactAsync(Partition partition, CancellationToken cancellationToken) => RunAsync(
        partition,
        _maintenance,
        static async (target, token) =>
        {
            await target.CatchUpAsync(token);
            await target.CompactAsync(token);
        },
        cancellationToken);

    /// <summary>Unloads a partition; its maintenance is given up, queries that still run keep what they hold.</summary>
    public async Task CloseAsync(PartitionKey key, CancellationToken cancellationToken)
    {
        if (_kept.TryRemove(key, out KeptPartition? kept))
        {
            await kept.StopAsync();
            await QuietAsync(kept);
            if (kept.Loaded is { } loaded)
            {
                await _host.CloseAsync(key, loaded).WaitAsync(cancellationToken);
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync();
        await _spareTimer.DisposeAsync();
        await _stopping.CancelAsync();
        await Task.WhenAll(_kept.Values.Select(QuietAsync));
        _stopping.Dispose();
        _loads.Dispose();
        _freezes.Dispose();
        _maintenance.Dispose();
    }

    private Task<Partition> OpenAsync(string collection, PartitionKey key, long usedAt)
    {
        ObjectDisposedException.ThrowIf(_stopping.IsCancellationRequested, this);
        KeptPartition kept = _kept.GetOrAdd(key, static (added, name) => new KeptPartition(name, added), collection);
        kept.NoteUse(usedAt);
        lock (kept.Gate)
        {
            if (kept.NeedsLoad(_time.GetElapsedTime(kept.FailedAt) > _options.RetryLoadAfter))
            {
                kept.Loading = Task.Run(() => LoadAsync(kept));
            }

            return kept.Loading!;
        }
    }

    /// <summary>Waits for the background work of a partition, whatever becomes of it.</summary>
    private static async Task QuietAsync(KeptPartition kept)
    {
        await (kept.Loading ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await (kept.Maintenance ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await (kept.Freezes ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task<Partition> LoadAsync(KeptPartition kept)
    {
        PartitionKey key = kept.Key;
        await _loads.WaitAsync(_stopping.Token);
        try
        {
            CollectionSnapshot known = await _directory.GetAsync(kept.Collection, _stopping.Token);
            if (!known.Holds(key))
            {
                // It may be of a generation that is younger than what is known here.
                _directory.Forget(kept.Collection);
                known = await _directory.GetAsync(kept.Collection, _stopping.Token);
            }

            kept.ReplicaCount = known.Head.Schema.ReplicaCount;
            if (!known.Holds(key))
            {
                throw new BigrainException(ErrorCode.NotFound, $"collection '{kept.Collection}' was dropped or rebuilt meanwhile: ask again", "collection");
            }

            GenerationRecord home = await _directory.GetGenerationAsync(known.Head, key.Generation, _stopping.Token);
            return await _host.OpenAsync(key, known.Head, home, _silos.IsPrimary(key), _stopping.Token);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            kept.FailedAt = _time.GetTimestamp();
            if (error is BigrainException { Code: ErrorCode.NotFound })
            {
                _kept.TryRemove(new KeyValuePair<PartitionKey, KeptPartition>(key, kept));
            }
            else
            {
                LogLoadFailed(_logger, error, key);
            }

            throw;
        }
        finally
        {
            _loads.Release();
        }
    }

    /// <summary>A primary is asked whenever something came in; looking at another silo's manifest is a request to the store.</summary>
    private bool IsDue(Partition partition, KeptPartition kept)
    {
        if (IsMaintainer(partition))
        {
            return true;
        }

        if (_time.GetElapsedTime(kept.FollowedAt) < (partition.FreezeIsDue || partition.IsFenced ? FollowPeriod : _options.SweepPeriod))
        {
            return false;
        }

        kept.FollowedAt = _time.GetTimestamp();
        return true;
    }

    /// <summary>Whether this silo freezes and merges a partition; another one follows.</summary>
    private bool IsMaintainer(Partition partition) => !partition.IsFenced && _silos.IsPrimary(partition.Key);

    private Task MaintainAsync(Partition partition, KeptPartition kept) => GuardAsync(partition, async () =>
    {
        while (kept.TakeMaintenance())
        {
            if (IsMaintainer(partition))
            {
                // Merging waits for minutes and takes minutes; what is due meanwhile is frozen beside it.
                await WorkAsync(partition, kept, _maintenance, static (target, token) => target.MaintainAsync(token), CancellationToken.None);
            }
            else
            {
                // A silo that was the primary a moment ago finds its successor's work here.
                using CancellationTokenSource ending = EndOf(kept);
                await partition.FollowAsync(ending.Token);
            }
        }
    });

    private Task FreezeDueAsync(Partition partition, KeptPartition kept) => GuardAsync(partition, async () =>
    {
        while (kept.TakeFreeze(() => partition.FreezeIsDue && IsMaintainer(partition)))
        {
            await WorkAsync(partition, kept, _freezes, static (target, token) => target.FreezeAsync(token), CancellationToken.None);
        }
    });

    private async Task GuardAsync(Partition partition, Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (OperationCanceledException)
        {
            // It is closed, or another silo's manifest is followed.
        }
#pragma warning disable CA1031 // background work: what failed is tried again by the next push or sweep
        catch (Exception error)
#pragma warning restore CA1031
        {
            LogMaintenanceFailed(_logger, error, partition.Key);
        }
    }

    private async Task RunAsync(
        Partition partition, SemaphoreSlim slots, Func<Partition, CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        if (Find(partition.Key) is not { } kept)
        {
            throw Closed(partition.Key, null);
        }

        try
        {
            await Task.Run(() => WorkAsync(partition, kept, slots, work, cancellationToken), CancellationToken.None).WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException error) when (!cancellationToken.IsCancellationRequested)
        {
            throw Closed(partition.Key, error);
        }
    }

    private static BigrainException Closed(PartitionKey key, Exception? inner) =>
        new(ErrorCode.Unavailable, $"partition {key} was unloaded on this silo meanwhile: retry", inner: inner);

    private CancellationTokenSource EndOf(KeptPartition kept) => CancellationTokenSource.CreateLinkedTokenSource(kept.Closing, _stopping.Token);

    /// <summary>Does work in a slot and tells the other replicas of it.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="kept">Its state; closing it ends the work.</param>
    /// <param name="slots">Where it waits.</param>
    /// <param name="work">The work.</param>
    /// <param name="waiting">Ends the wait for a slot.</param>
    private async Task WorkAsync(
        Partition partition, KeptPartition kept, SemaphoreSlim slots, Func<Partition, CancellationToken, Task> work, CancellationToken waiting)
    {
        using CancellationTokenSource ending = EndOf(kept);
        using (var wait = CancellationTokenSource.CreateLinkedTokenSource(waiting, ending.Token))
        {
            await slots.WaitAsync(wait.Token);
        }

        try
        {
            long revision = partition.Revision;
            await work(partition, ending.Token);
            if (partition.Revision != revision)
            {
                Committed?.Invoke(kept);
            }
        }
        catch (BigrainException error) when (error.Code == ErrorCode.Fenced)
        {
            // Another silo changed the manifest: it is followed, and queries see no gap.
            LogFenced(_logger, partition.Key);
            await partition.FollowAsync(ending.Token);
            throw;
        }
        finally
        {
            slots.Release();
        }
    }

    private void Sweep()
    {
        foreach (KeptPartition kept in _kept.Values)
        {
            if (kept.Loaded is { } loaded && !UnloadedIfIdle(kept))
            {
                RequestMaintenance(loaded);
            }
        }
    }

    /// <summary>A generation that does not answer takes memory from the one that does: it is not left waiting for the next sweep.</summary>
    private void SweepSpares()
    {
        foreach (KeptPartition kept in _kept.Values.Where(kept => kept.Loaded is not null && IsSpare(kept.Collection, kept.Key)))
        {
            UnloadedIfIdle(kept);
        }
    }

    private bool UnloadedIfIdle(KeptPartition kept)
    {
        // A merge that runs would be lost: it ends first.
        if (_time.GetElapsedTime(kept.LastUsed) <= UnloadAfter(kept.Collection, kept.Key) || kept.Maintenance is { IsCompleted: false })
        {
            return false;
        }

        LogIdle(_logger, kept.Key);
        CloseAsync(kept.Key, CancellationToken.None).Ignore();
        return true;
    }
}
