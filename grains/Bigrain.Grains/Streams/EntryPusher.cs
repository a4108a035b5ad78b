using Bigrain.Contracts;
using Bigrain.Contracts.Replicas;
using Bigrain.Grains.Collections;
using Bigrain.Grains.Placement;
using Bigrain.Grains.Replicas;
using Bigrain.Index.Catalog;
using Bigrain.Index.Log;
using Bigrain.Index.Partitions;
using Bigrain.Index.Routing;
using Microsoft.Extensions.Logging;

namespace Bigrain.Grains.Streams;

/// <summary>Passes the committed entries of one stream on to every silo that has a partition which follows it.</summary>
/// <remarks>One lane for each silo, so that none waits for another. Belongs to one writer's scheduler.</remarks>
internal sealed class EntryPusher : ILaneSource, IAsyncDisposable
{
    private static readonly TimeSpan RoutePeriod = TimeSpan.FromSeconds(1);

    private readonly IGrainFactory _grains;
    private readonly CollectionDirectory _directory;
    private readonly SiloMap _silos;
    private readonly ReplicaView _view;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Dictionary<string, SiloLane> _lanes = new(StringComparer.Ordinal);
    private readonly Task _routing;
    private volatile string? _collection;
    private volatile LogWriter? _writer;

    public EntryPusher(
        StreamKey stream, IGrainFactory grains, CollectionDirectory directory, SiloMap silos, ReplicaView view, TimeProvider time, ILogger logger)
    {
        Stream = stream;
        _grains = grains;
        _directory = directory;
        _silos = silos;
        _view = view;
        _time = time;
        _logger = logger;
        _routing = RouteAsync();
    }

    /// <inheritdoc/>
    public StreamKey Stream { get; }

    /// <inheritdoc/>
    public (long Epoch, long LastSequence)? Position => _writer is { IsFenced: false } writer ? (writer.Epoch, writer.LastSequence) : null;

    /// <summary>Whether writers should wait for a silo.</summary>
    public bool HoldsBack
    {
        get
        {
            lock (_lanes)
            {
                return _lanes.Values.Any(lane => lane.HoldsBack);
            }
        }
    }

    /// <summary>Takes a committed entry; returns at once.</summary>
    public void Add(LogEntry entry)
    {
        lock (_lanes)
        {
            foreach (SiloLane lane in _lanes.Values)
            {
                lane.Add(entry);
            }
        }
    }

    /// <summary>Names the collection whose HEAD says which partitions follow.</summary>
    public void Follow(string collection)
    {
        if (_collection is null)
        {
            _collection = collection;
            OpenLanes();
        }
    }

    /// <summary>Names the writer whose position heartbeats carry.</summary>
    public void Speak(LogWriter writer) => _writer = writer;

    /// <inheritdoc/>
    public async ValueTask<LaneAddress?> AddressAsync(string silo, CancellationToken cancellationToken)
    {
        if (_collection is not { } collection)
        {
            return null;
        }

        CollectionSnapshot known = await _directory.GetAsync(collection, cancellationToken);
        if (known.Head.Incarnation != Stream.Incarnation)
        {
            return null;
        }

        int current = known.Generation.Generation;
        HashSet<PartitionKey> keys = [.. Following(known, known.Generation).Where(key => IsOn(silo, key, known.Head.Schema.ReplicaCount))];

        // What is not current gets entries only where it is loaded: it is loaded while it is verified, published or warmed.
        keys.UnionWith(known.Others.SelectMany(generation => Following(known, generation)).Where(key => _view.IsReady(silo, key)));
        return keys.Count == 0
            ? null
            : new LaneAddress(
                collection,
                current,
                [.. keys.Where(key => key.Generation == current).Select(key => key.Partition)],
                [.. keys.Where(key => key.Generation != current).Select(key => new PartitionPlace(key.Generation, key.Partition))]);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _routing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        SiloLane[] lanes;
        lock (_lanes)
        {
            lanes = [.. _lanes.Values];
            _lanes.Clear();
        }

        await Task.WhenAll(lanes.Select(lane => lane.DisposeAsync().AsTask()));
        _stopping.Dispose();
    }

    /// <summary>Opens lanes to silos that joined and closes those to silos that are gone.</summary>
    private async Task RouteAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            await Task.Delay(RoutePeriod, _time, _stopping.Token);
            if (_collection is null)
            {
                continue;
            }

            OpenLanes();
            List<SiloLane> gone = [];
            lock (_lanes)
            {
                foreach (string silo in _lanes.Keys.Except(_silos.LiveNames, StringComparer.Ordinal).ToArray())
                {
                    gone.Add(_lanes[silo]);
                    _lanes.Remove(silo);
                }
            }

            foreach (SiloLane lane in gone)
            {
                await lane.DisposeAsync();
            }
        }
    }

    private void OpenLanes()
    {
        lock (_lanes)
        {
            foreach (string silo in _silos.LiveNames)
            {
                if (!_lanes.ContainsKey(silo))
                {
                    _lanes.Add(silo, new SiloLane(silo, _grains.GetGrain<IReplicaHostGrain>(silo), this, _time, _logger));
                }
            }
        }
    }

    /// <summary>The partitions of a generation that follow this stream.</summary>
    private IEnumerable<PartitionKey> Following(CollectionSnapshot known, GenerationRecord generation)
    {
        var router = new HashRouter(generation.PartitionCount);
        return Enumerable.Range(0, generation.PartitionCount)
            .Where(partition => router.Follows(partition, Stream.Stream, known.Head.Schema.StreamCount))
            .Select(partition => known.KeyOf(generation, partition));
    }

    /// <summary>Whether a silo owns a partition, or still holds it until its new owners are ready.</summary>
    private bool IsOn(string silo, PartitionKey partition, int replicaCount) =>
        _silos.OwnersOf(partition, replicaCount).Contains(silo) || _view.IsReady(silo, partition);
}
