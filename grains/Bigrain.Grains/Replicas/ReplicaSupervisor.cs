using System.Collections.Immutable;
using Bigrain.Contracts;
using Bigrain.Contracts.Partitions;
using Bigrain.Contracts.Replicas;
using Bigrain.Grains.Collections;
using Bigrain.Grains.Partitions;
using Bigrain.Grains.Placement;
using Bigrain.Grains.Rounds;
using Bigrain.Index.Errors;
using Bigrain.Index.Partitions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Bigrain.Grains.Replicas;

/// <summary>Keeps on this silo what it should own: tells the other silos what it holds, loads what falls to it, and lets go of what
/// moved away once every owner is ready.</summary>
/// <remarks>A round runs every period, and at once when the membership changes, a silo leaves or another one reports. Thread safe.</remarks>
internal sealed partial class ReplicaSupervisor : SiloRounds, IReplicaReadiness, IReplicaHandover
{
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan HandoverPoll = TimeSpan.FromMilliseconds(200);

    // Queries that other silos routed here before they heard of the drain come in for a moment yet.
    private static readonly TimeSpan LastQueries = TimeSpan.FromMilliseconds(500);

    // A grain that is busy for long, with a compaction say, does not move; it is made anew elsewhere.
    private static readonly TimeSpan GrainsMoveWithin = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan DropCheckPeriod = TimeSpan.FromSeconds(30);

    private readonly PartitionKeeper _keeper;
    private readonly ReplicaView _view;
    private readonly SiloMap _silos;
    private readonly PlacedGrains _placed;
    private readonly CollectionDirectory _directory;
    private readonly IGrainFactory _grains;
    private readonly IClusterMembershipService _membership;
    private readonly ReplicaOptions _options;
    private readonly ReplicaInstruments _instruments;
    private readonly TimeProvider _time;
    private readonly ILogger<ReplicaSupervisor> _logger;
    private readonly SemaphoreSlim _round = new(1, 1);
    private readonly Dictionary<PartitionKey, long> _movedAt = [];
    private long _startedAt;
    private long _dropsCheckedAt;
    private volatile string? _reason = "the silo has not heard of the others yet";

    public ReplicaSupervisor(
        PartitionKeeper keeper,
        ReplicaView view,
        SiloMap silos,
        PlacedGrains placed,
        CollectionDirectory directory,
        IGrainFactory grains,
        IClusterMembershipService membership,
        IOptions<ReplicaOptions> options,
        ReplicaInstruments instruments,
        TimeProvider time,
        ILogger<ReplicaSupervisor> logger)
        : base(time)
    {
        _keeper = keeper;
        _view = view;
        _silos = silos;
        _placed = placed;
        _directory = directory;
        _grains = grains;
        _membership = membership;
        _options = options.Value;
        _instruments = instruments;
        _time = time;
        _logger = logger;
        _keeper.Committed = TellFollowers;
    }

    /// <inheritdoc/>
    public bool IsReady => _reason is null;

    /// <inheritdoc/>
    public string? Reason => _reason;

    /// <inheritdoc/>
    protected override TimeSpan Period => _options.ExchangePeriod;

    /// <inheritdoc/>
    protected override IClusterMembershipService Membership => _membership;

    /// <summary>Takes another silo's report in and answers with this one's.</summary>
    public ReplicaReport Exchange(ReplicaReport report)
    {
        // Waking for every report would have the silos wake each other for ever.
        if (_view.Receive(report))
        {
            Wake();
        }

        return Report();
    }

    /// <inheritdoc/>
    public async Task HandOverAsync(CancellationToken cancellationToken)
    {
        _silos.MarkDraining(_silos.LocalName, draining: true);
        _reason = "the silo is leaving";
        if (_silos.LiveNames.Length < 2)
        {
            return;
        }

        LogHandingOver(_logger, _keeper.LoadedCount);
        long began = _time.GetTimestamp();
        while (_time.GetElapsedTime(began) < _options.HandoverTimeout)
        {
            await RoundAsync(cancellationToken);
            if (StillNeeded() == 0 && (_placed.MisplacedCount == 0 || _time.GetElapsedTime(began) > GrainsMoveWithin))
            {
                await Task.Delay(LastQueries, _time, cancellationToken);
                return;
            }

            await Task.Delay(HandoverPoll, _time, cancellationToken);
        }

        LogNotHandedOver(_logger, StillNeeded());
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        _round.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc/>
    protected override bool OnStarting()
    {
        _startedAt = _time.GetTimestamp();
        return true;
    }

    /// <inheritdoc/>
    protected override void OnFailed(Exception error) => LogRoundFailed(_logger, error);

    /// <summary>One round: 1 tell and ask the others; 2 load what falls to this silo; 3 let go of what moved away or was dropped;
    /// 4 send grains where they belong.</summary>
    /// <remarks>The drain runs rounds of its own beside the regular ones.</remarks>
    protected override async Task RoundAsync(CancellationToken cancellationToken)
    {
        await _round.WaitAsync(cancellationToken);
        try
        {
            // 1
            ReplicaReport mine = Report();
            await Task.WhenAll(_silos.LiveNames.Where(silo => silo != _silos.LocalName).Select(silo => TellAsync(silo, mine, cancellationToken)));
            _view.Receive(Report());
            _view.Prune();

            // 2
            int loading = LoadOwned();
            _reason = ReasonFor(loading);

            // 3
            LetGo();
            if (_time.GetElapsedTime(_dropsCheckedAt) > DropCheckPeriod)
            {
                _dropsCheckedAt = _time.GetTimestamp();
                await UnloadDroppedAsync(cancellationToken);
            }

            // 4
            _placed.Move(_options.MovesPerPeriod);
        }
        finally
        {
            _round.Release();
        }
    }

    private ReplicaReport Report() => new(
        _silos.LocalName,
        _silos.IsDraining,
        [.. _keeper.Kept.Where(kept => kept.ReplicaCount > 0).Select(kept => new HeldReplica(
            kept.Collection, kept.Key.ToString(), kept.ReplicaCount, kept.Readiness, _time.GetElapsedTime(kept.LastUsed)))]);

    private async Task TellAsync(string silo, ReplicaReport mine, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(AnswerTimeout, _time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            _view.Receive(await _grains.GetGrain<IReplicaHostGrain>(silo).ExchangeAsync(mine, linked.Token).WaitAsync(linked.Token));
        }
#pragma warning disable CA1031 // a silo that does not answer is a matter for the membership; its last words stand until then
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            LogNoAnswer(_logger, error, silo);
        }
    }

    /// <summary>Loads in the background what this silo owns and somebody uses.</summary>
    /// <returns>How many of them are not ready yet and may become so.</returns>
    private int LoadOwned()
    {
        int loading = 0;
        foreach (IGrouping<string, HeldReplica> known in _view.Known.GroupBy(held => held.Partition, StringComparer.Ordinal))
        {
            HeldReplica held = known.MinBy(replica => replica.Idle)!;
            PartitionKey key = PartitionKey.Parse(held.Partition);
            if (held.Idle > _keeper.UnloadAfter(held.Collection, key) || !_silos.OwnersOf(key, held.ReplicaCount).Contains(_silos.LocalName))
            {
                continue;
            }

            if (_keeper.Find(key) is null)
            {
                _instruments.Taken();
                LogTaking(_logger, key);
            }

            // In use anywhere is in use here: the copies of a partition are unloaded together.
            _keeper.Preload(held.Collection, key, _time.GetTimestamp() - (long)(held.Idle.TotalSeconds * _time.TimestampFrequency));
            loading += _keeper.Find(key) is { Readiness: PartitionReadiness.Loading } ? 1 : 0;
        }

        return loading;
    }

    private string? ReasonFor(int loading)
    {
        if (_silos.IsDraining)
        {
            return "the silo is leaving";
        }

        foreach (string silo in _silos.LiveNames)
        {
            // One that is alive in the table only must not keep this silo out for longer than the table takes to see it.
            if (!_view.HasReportedSince(silo, _startedAt) && _time.GetElapsedTime(_startedAt) < _options.HandoverTimeout)
            {
                return $"the silo has not heard from '{silo}' yet";
            }
        }

        return loading == 0 ? null : $"{loading} partitions are being loaded";
    }

    /// <summary>Unloads what other silos own, some time after all of them are ready. Nobody waits for that: a round that did would load
    /// nothing meanwhile.</summary>
    private void LetGo()
    {
        foreach (KeptPartition kept in _keeper.Kept.ToArray())
        {
            ImmutableArray<string> owners = _silos.OwnersOf(kept.Key, Math.Max(1, kept.ReplicaCount));
            if (_silos.IsDraining || owners.Contains(_silos.LocalName) || !owners.All(owner => _view.IsReady(owner, kept.Key)))
            {
                _movedAt.Remove(kept.Key);
            }
            else if (_movedAt.TryAdd(kept.Key, _time.GetTimestamp()))
            {
                continue;
            }
            else if (_time.GetElapsedTime(_movedAt[kept.Key]) > _options.KeepMoved)
            {
                _instruments.Released();
                LogLeaving(_logger, kept.Key);
                _movedAt.Remove(kept.Key);
                _keeper.CloseAsync(kept.Key, CancellationToken.None).Ignore();
            }
        }
    }

    private async Task UnloadDroppedAsync(CancellationToken cancellationToken)
    {
        foreach (KeptPartition kept in _keeper.Kept.ToArray())
        {
            if (await IsGoneAsync(kept, cancellationToken))
            {
                LogDropped(_logger, kept.Key);
                _view.Forget(kept.Key);
                _keeper.CloseAsync(kept.Key, CancellationToken.None).Ignore();
            }
        }
    }

    private async Task<bool> IsGoneAsync(KeptPartition kept, CancellationToken cancellationToken)
    {
        try
        {
            return !(await _directory.GetAsync(kept.Collection, cancellationToken)).Holds(kept.Key);
        }
        catch (BigrainException error) when (error.Code == ErrorCode.NotFound)
        {
            return true;
        }
        catch (Exception error) when (error is Index.Blobs.BlobStoreException or Index.Blobs.CorruptBlobException)
        {
            return false;
        }
    }

    /// <summary>Loaded partitions whose owners are not all ready without this silo.</summary>
    private int StillNeeded() => _keeper.Kept.Count(kept =>
        kept.Loaded is not null && !_silos.OwnersOf(kept.Key, Math.Max(1, kept.ReplicaCount)).All(owner => _view.IsReady(owner, kept.Key)));

    private void TellFollowers(KeptPartition kept)
    {
        foreach (string owner in _silos.OwnersOf(kept.Key, Math.Max(1, kept.ReplicaCount)).Where(owner => owner != _silos.LocalName))
        {
            _grains.GetGrain<IReplicaHostGrain>(owner).FollowAsync(kept.Key.ToString(), CancellationToken.None).Ignore();
        }
    }
}
