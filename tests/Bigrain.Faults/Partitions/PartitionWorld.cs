using System.Globalization;
using System.Text;
using Bigrain.Index.Blobs;
using Bigrain.Index.Catalog;
using Bigrain.Index.Errors;
using Bigrain.Index.Log;
using Bigrain.Index.Manifests;
using Bigrain.Index.Partitions;
using Bigrain.Index.Routing;
using Bigrain.Index.Schema;
using Bigrain.TestKit.Blobs;
using Bigrain.TestKit.Partitions;
using Bigrain.TestKit.Randomness;
using Bigrain.TestKit.Time;

namespace Bigrain.Faults.Partitions;

/// <summary>One run: a collection written, frozen, merged and trimmed by two competing silos on a store that fails, against a dictionary.</summary>
/// <remarks>Operations run one after the other; at the store calls of a freeze or merge, others interfere: rows arrive, and the
/// competitor freezes or merges the same partition. So the run is a function of its seed.</remarks>
internal sealed class PartitionWorld : IAsyncDisposable
{
    private const int StreamCount = 3;
    private const int PartitionCount = 2;
    private const int IdCount = 60;
    private const int StepCount = 50;

    private static readonly CancellationToken None = CancellationToken.None;

    private readonly SeededRandom _random;
    private readonly InstantTime _time = new();
    private readonly CollidingHash _hash = new();
    private readonly MemoryBlobStore _blobs;
    private readonly IBlobStore _store;
    private readonly SimulatedSilo[] _silos = new SimulatedSilo[2];
    private readonly LogWriter?[] _writers = new LogWriter?[StreamCount];
    private readonly SortedDictionary<string, (float Value, string Payload)> _model = new(StringComparer.Ordinal);
    private readonly List<string> _events = [];
    private readonly List<LogEntry> _pushed = [];
    private CollectionHead _head = null!;
    private GenerationRecord _generation = null!;
    private int _siloNumber;
    private int _batchNumber;
    private bool _interfering;

    public PartitionWorld(ulong seed, bool unconditionalManifests)
    {
        _random = new SeededRandom(seed);
        _blobs = new MemoryBlobStore(_time);
        _store = unconditionalManifests ? new UnconditionalManifests(_blobs) : _blobs;
    }

    /// <summary>What happened, for the message of a failed run.</summary>
    public IReadOnlyList<string> Events => _events;

    /// <summary>Freezes and merges that were committed.</summary>
    public int CommitCount { get; private set; }

    /// <summary>Operations that a fault or a competitor ended.</summary>
    public int FailureCount { get; private set; }

    /// <summary>Runs to the end and checks every promise.</summary>
    /// <exception cref="SimulationFailure">One was broken.</exception>
    public async Task RunAsync()
    {
        var catalog = new CollectionCatalog(_store, _time, _random);
        CodecSpec codec = _random.Chance(0.5) ? CodecSpec.Flat : CodecSpec.RaBitQ(1 + _random.Next(4));
        (_head, _) = await catalog.CreateAsync("sim", Schemas.Dense(4, Metric.L2, PartitionCount, StreamCount, DenseType.Fp32, codec), None);
        _generation = await catalog.ReadGenerationAsync(_head.Incarnation, 1, None);
        _silos[0] = StartSilo();
        _silos[1] = StartSilo();
        for (int step = 0; step < StepCount; step++)
        {
            await StepAsync(catalog);
        }

        // A fresh process on a healed store sees exactly what was acknowledged.
        await _silos[0].DisposeAsync();
        _silos[0] = StartSilo();
        _silos[0].Store.Rates = new FaultRates();
        _silos[0].Store.OnPoint = null;
        await CheckAsync(_silos[0]);
        for (int partition = 0; partition < PartitionCount; partition++)
        {
            await _silos[0].MaintainAsync(partition, open => open.CompactAsync(None));
        }

        await CheckAsync(_silos[0]);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (SimulatedSilo? silo in _silos)
        {
            if (silo is not null)
            {
                await silo.DisposeAsync();
            }
        }
    }

    private async Task StepAsync(CollectionCatalog catalog)
    {
        SimulatedSilo silo = _silos[_random.Next(_silos.Length)];
        int partition = _random.Next(PartitionCount);
        switch (_random.Next(20))
        {
            case < 8:
                await WriteAsync();
                break;
            case < 10:
                await TryAsync(silo, partition, "catch up", async () => await (await silo.OpenAsync(partition)).CatchUpAsync(None));
                break;
            case < 11 when _pushed.Count > 0:
                LogEntry entry = _pushed[_random.Next(_pushed.Count)];
                await TryAsync(silo, partition, "push", async () => await (await silo.OpenAsync(partition)).PushAsync(entry, None));
                break;
            case < 16:
                await MaintainAsync(silo, partition, mayCrash: true);
                break;
            case < 17:
                await TrimAsync(catalog);
                break;
            case < 18:
                await RestartAsync(silo);
                break;
            default:
                FaultRates rates = silo.Store.Rates;
                silo.Store.Rates = new FaultRates();
                await TryAsync(silo, partition, "check", () => CheckAsync(silo));
                silo.Store.Rates = rates;
                break;
        }
    }

    private SimulatedSilo StartSilo()
    {
        var silo = new SimulatedSilo(
            string.Create(CultureInfo.InvariantCulture, $"silo-{_siloNumber++}"),
            _head,
            _generation,
            _store,
            _time,
            _hash,
            new SeededRandom(_random.NextUInt64()));
        silo.Store.OnPoint = async _ => await InterfereAsync(silo);
        silo.Store.Rates = new FaultRates
        {
            Transient = 0.004, LostRequest = 0.02, LostReply = 0.03, LateWrite = 0.03, BrokenListing = 0.01, FlippedRead = 0.002, Full = 0.004,
        };
        return silo;
    }

    private async Task RestartAsync(SimulatedSilo silo)
    {
        Note($"{silo.Name} dies");
        await silo.Store.CrashAsync();
        await silo.DisposeAsync();
        _silos[Array.IndexOf(_silos, silo)] = StartSilo();
    }

    private async Task MaintainAsync(SimulatedSilo silo, int partition, bool mayCrash)
    {
        if (mayCrash && _random.Chance(0.3))
        {
            silo.Store.CrashAtPoint = silo.Store.PointCount + 1 + _random.Next(60);
        }

        int kind = _random.Next(3);
        string what = kind switch { 0 => "maintain", 1 => "compact", _ => "freeze" };
        await TryAsync(silo, partition, what, async () =>
        {
            await (await silo.OpenAsync(partition)).CatchUpAsync(None);
            await silo.MaintainAsync(
                partition,
                open => kind switch { 0 => open.MaintainAsync(None), 1 => open.CompactAsync(None), _ => open.FreezeAsync(None) });
            CommitCount++;
            Note($"{silo.Name}: {what} of partition {partition} done");
        });
        silo.Store.CrashAtPoint = 0;
    }

    /// <summary>At a store call of a freeze or merge: rows arrive at the same partition, or the other silo works on it.</summary>
    private async Task InterfereAsync(SimulatedSilo silo)
    {
        int partition = silo.Maintaining;
        if (partition < 0 || _interfering || !_random.Chance(0.06))
        {
            return;
        }

        _interfering = true;
        try
        {
            if (_random.Chance(0.7))
            {
                await WriteAsync();
                foreach (LogEntry entry in _pushed)
                {
                    await TryAsync(silo, partition, "push", async () => await silo.TryGet(partition)!.PushAsync(entry, None), mayClose: false);
                }
            }
            else
            {
                await MaintainAsync(_silos.First(other => other != silo), partition, mayCrash: false);
            }
        }
        finally
        {
            _interfering = false;
        }
    }

    /// <summary>Runs what may fail; afterwards the partition or the whole silo may have to start again.</summary>
    private async Task TryAsync(SimulatedSilo silo, int partition, string what, Func<Task> run, bool mayClose = true)
    {
        try
        {
            await run();
        }
        catch (Exception error) when (IsExpected(error))
        {
            FailureCount++;
            Note($"{silo.Name}: {what} of partition {partition}: {error.Message}");
            if (error is CorruptBlobException)
            {
                _time.Advance(TimeSpan.FromMinutes(2));
            }

            if (silo.Store.IsCrashed && mayClose)
            {
                await RestartAsync(silo);
            }
            else if (mayClose && silo.TryGet(partition) is { IsFenced: true })
            {
                await silo.CloseAsync(partition);
            }
        }
    }

    private static bool IsExpected(Exception error) => error is BlobStoreException or CorruptBlobException or SimulatedCrashException
        or BigrainException { Code: ErrorCode.Fenced or ErrorCode.Unavailable };

    private async Task WriteAsync()
    {
        int number = ++_batchNumber;
        var builders = new LogBatchBuilder?[StreamCount];
        var rows = new List<(string Id, float? Value, string Payload)>();
        int rowCount = 1 + _random.Next(8);
        for (int row = 0; row < rowCount; row++)
        {
            string id = string.Create(CultureInfo.InvariantCulture, $"d{_random.Next(IdCount)}");
            float? value = _random.Chance(0.3) ? null : (number * 10) + row;
            string payload = _random.Chance(0.5) ? string.Empty : string.Create(CultureInfo.InvariantCulture, $$"""{"n":{{number}}}""");
            rows.Add((id, value, payload));
            byte[] utf8 = Encoding.UTF8.GetBytes(id);
            ulong hash = _hash.Hash(utf8);
            LogBatchBuilder builder = builders[HashRange.Of(hash, StreamCount)] ??= new LogBatchBuilder(1, Invariant($"b{number}"));
            if (value is { } x)
            {
                builder.AddUpsert(utf8, hash, [x, 1, -x, 0.5f], Encoding.UTF8.GetBytes(payload));
            }
            else
            {
                builder.AddDelete(utf8, hash);
            }
        }

        for (int stream = 0; stream < StreamCount; stream++)
        {
            if (builders[stream] is { } builder)
            {
                await WriteAsync(stream, builder.Build());
            }
        }

        foreach ((string id, float? value, string payload) in rows)
        {
            if (value is { } x)
            {
                _model[id] = (x, payload);
            }
            else
            {
                _model.Remove(id);
            }
        }
    }

    /// <summary>Sends until it is acknowledged, to one owner after the other.</summary>
    private async Task WriteAsync(int stream, byte[] batch)
    {
        for (int attempt = 0; attempt < 200; attempt++)
        {
            try
            {
                LogWriter writer = _writers[stream] ??= await OpenWriterAsync(stream);
                await writer.WriteAsync(batch, None);
                return;
            }
            catch (BigrainException error) when (error.Code is ErrorCode.Fenced or ErrorCode.Unavailable || error.InnerException is SimulatedCrashException)
            {
                _writers[stream] = error.Code == ErrorCode.Unavailable && _random.Chance(0.5) ? _writers[stream] : null;
            }
            catch (SimulatedCrashException)
            {
                _writers[stream] = null;
            }
        }

        throw new SimulationFailure($"a batch for stream {stream} was not acknowledged in 200 attempts");
    }

    private Task<LogWriter> OpenWriterAsync(int stream)
    {
        var process = new FaultyBlobStore(
            _store,
            new SeededRandom(_random.NextUInt64()),
            new FaultRates { Transient = 0.02, LostRequest = 0.03, LostReply = 0.05, LateWrite = 0.05 });
        process.CrashAtPoint = _random.Chance(0.3) ? 1 + _random.Next(200) : 0;
        return LogWriter.OpenAsync(
            new StreamKey(_head.Incarnation, stream), process, _time, _random, new LogWriterOptions(), entry => Push(entry), None);
    }

    private void Push(LogEntry entry)
    {
        _pushed.Add(entry);
        if (_pushed.Count > 8)
        {
            _pushed.RemoveAt(0);
        }
    }

    private async Task TrimAsync(CollectionCatalog catalog)
    {
        for (int stream = 0; stream < StreamCount; stream++)
        {
            var trimmer = new LogTrimmer(_store, _time, new StreamKey(_head.Incarnation, stream), TimeSpan.Zero);
            long floor = await trimmer.FindFloorAsync(_head, catalog, None);
            if (_writers[stream] is { } writer && floor <= writer.LastSequence + 1)
            {
                writer.RaiseFloor(floor);
            }

            int deleted = await trimmer.DeleteAsync(None);
            Note($"stream {stream}: floor {floor} wanted, {deleted} entries trimmed");
        }
    }

    private async Task CheckAsync(SimulatedSilo silo)
    {
        long count = 0;
        for (int partition = 0; partition < PartitionCount; partition++)
        {
            await CloseIfBehindAsync(silo, partition);
            Partition open = await silo.OpenAsync(partition);
            await open.CatchUpAsync(None);
            count += open.Statistics.DocumentCount;
        }

        for (int i = 0; i < IdCount; i++)
        {
            string id = string.Create(CultureInfo.InvariantCulture, $"d{i}");
            byte[] utf8 = Encoding.UTF8.GetBytes(id);
            int partition = HashRange.Of(_hash.Hash(utf8), PartitionCount);
            StoredDocument? found = await silo.TryGet(partition)!.GetAsync(utf8, None);
            string expected = _model.TryGetValue(id, out (float Value, string Payload) document)
                ? Invariant($"{document.Value} 1 {-document.Value} 0.5 {document.Payload}")
                : "none";
            string actual = found is null
                ? "none"
                : Invariant($"{found.Vector[0]} {found.Vector[1]} {found.Vector[2]} {found.Vector[3]} {Encoding.UTF8.GetString(found.Payload.Span)}");
            if (actual != expected)
            {
                throw new SimulationFailure($"{silo.Name}: document {id} of partition {partition} is {actual}, it should be {expected}");
            }
        }

        if (count != _model.Count)
        {
            throw new SimulationFailure($"{silo.Name} counts {count} documents, there should be {_model.Count}");
        }
    }

    /// <summary>A replica whose next entry was trimmed cannot catch up from the log: it opens again from the manifest.</summary>
    private async Task CloseIfBehindAsync(SimulatedSilo silo, int partition)
    {
        if (silo.TryGet(partition) is not { } open)
        {
            return;
        }

        var manifests = new ManifestStore(_store, _time, _head.Incarnation, 1, partition, StreamCount);
        ManifestSnapshot current = await manifests.ReadAsync(None);
        if (open.Streams.Any(stream => open.AppliedSequence(stream) + 1 < current.Manifest.Floors[stream]))
        {
            await silo.CloseAsync(partition);
        }
    }

    private void Note(FormattableString what) => _events.Add(Invariant(what));

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
