using System.Globalization;
using Bigrain.Faults.Log;
using Bigrain.Faults.Simulation;
using Bigrain.Index.Blobs;
using Bigrain.Index.Catalog;
using Bigrain.Index.Errors;
using Bigrain.Index.Garbage;
using Bigrain.Index.Log;
using Bigrain.Index.Schema;
using Bigrain.TestKit.Blobs;
using Bigrain.TestKit.Partitions;
using Bigrain.TestKit.Randomness;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bigrain.Faults.Garbage;

/// <summary>One run, all from one seed: collections that are made, dropped and made again under the same names, writers, freezes, merges,
/// deletes, rebuilds, rollbacks, and passes of garbage collection beside all of it, on a store that fails.</summary>
/// <remarks>Processes die and sleep, for longer than the grace, at any call of the store; their clocks differ by hours, which is
/// more than all times of garbage collection together.</remarks>
internal sealed class GarbageWorld
{
    private const int PartitionCount = 2;
    private const long MaxSteps = 3_000_000;

    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly string[] Names = ["a", "b"];
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(4);
    private static readonly TimeSpan ClockError = TimeSpan.FromHours(2);
    private static readonly GarbageOptions Options = new()
    {
        Grace = TimeSpan.FromSeconds(30),
        MinInterval = TimeSpan.FromSeconds(5),
        PreviousRetention = TimeSpan.FromMinutes(2),
    };

    private static readonly LogWriterOptions WriterOptions = new() { DedupeWindow = TimeSpan.FromSeconds(10) };

    private readonly SeededRandom _random;
    private readonly SimulatedScheduler _scheduler;
    private readonly GarbageFlaws _flaws;
    private readonly GarbageWorldFlaws _worldFlaws;
    private readonly MemoryBlobStore _memory;
    private readonly GarbageAudit _store;
    private readonly List<string> _events = [];
    private readonly List<SimulatedProcess> _processes = [];
    private readonly List<CollectionHead> _stale = [];
    private readonly Dictionary<CollectionIncarnation, List<Request>> _acknowledged = [];
    private readonly List<(CollectionHead Head, string Pin)> _rebuilds = [];
    private readonly Dictionary<string, GarbageCollector> _collectors = [];
    private bool _ending;
    private bool _faulty = true;
    private int _numbers;

    public GarbageWorld(ulong seed, GarbageFlaws flaws, GarbageWorldFlaws worldFlaws = GarbageWorldFlaws.None)
    {
        _random = new SeededRandom(seed);
        _scheduler = new SimulatedScheduler(new SeededRandom(_random.NextUInt64()), new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        _memory = new MemoryBlobStore(new SimulatedTime(_scheduler)) { ListPageCount = 7 };
        _store = new GarbageAudit(_memory) { Note = Note };
        _flaws = flaws;
        _worldFlaws = worldFlaws;
    }

    /// <summary>What happened, for the message of a failed run.</summary>
    public IReadOnlyList<string> Events => _events;

    public int DeletedCount => _store.DeletedCount;

    public int AcknowledgedCount => _acknowledged.Values.Sum(requests => requests.Count);

    public int PassCount { get; private set; }

    public int RebuildCount { get; private set; }

    /// <summary>A fingerprint of the run: equal seeds give equal ones.</summary>
    public string Summary => string.Create(
        CultureInfo.InvariantCulture,
        $"{_scheduler.StepCount} steps, {_scheduler.Elapsed}, {AcknowledgedCount} acknowledged, {PassCount} passes, {RebuildCount} rebuilds, {DeletedCount} deleted");

    /// <summary>Runs to the end and checks every promise.</summary>
    /// <exception cref="SimulationFailure">One was broken.</exception>
    public void Run() => _scheduler.Run(RunAsync, MaxSteps);

    private async Task RunAsync()
    {
        Task[] actors =
        [
            ActAsync("admin", 20_000, AdministerAsync), ActAsync("writer", 2_000, WriteAsync), ActAsync("writer", 2_000, WriteAsync),
            ActAsync("builder", 3_000, BuildAsync), ActAsync("builder", 3_000, BuildAsync),
            ActAsync("rebuilder", 25_000, RebuildAsync), ActAsync("rebuilder", 25_000, RebuildAsync),
            ActAsync("collector", 5_000, CollectAsync), ActAsync("collector", 5_000, CollectAsync), ActAsync("collector", 5_000, CollectAsync),
            ActAsync("reader", 15_000, ReadAsync),
            DisturbAsync(),
        ];
        while (_scheduler.Elapsed < Life)
        {
            await Task.Delay(TimeSpan.FromSeconds(5), new SimulatedTime(_scheduler));
            ThrowIfFailed();
            if (actors.FirstOrDefault(actor => actor.IsFaulted) is { } failed)
            {
                await failed;
            }
        }

        // Everything heals: who sleeps wakes, and who is half-way comes to an end.
        _ending = true;
        _faulty = false;
        foreach (SimulatedProcess process in _processes)
        {
            process.Store.Rates = new FaultRates();
            process.Store.CrashAtPoint = 0;
            process.LongPause = 0;
            process.Wake();
        }

        await Task.WhenAll(actors);
        foreach (SimulatedProcess process in _processes)
        {
            await process.Store.SettleAsync();
        }

        ThrowIfFailed();
        await EndAsync();
    }

    private async Task EndAsync()
    {
        SimulatedProcess last = Start("last");
        last.Time.Error = TimeSpan.Zero;
        foreach ((CollectionHead head, string pin) in _rebuilds)
        {
            await GarbageReindex.UndoAsync(last, head, pin);
        }

        // Every collection that a caller could have is whole; one whose maker died is made again or dropped by whoever meets it.
        var catalog = new CollectionCatalog(last.Store, last.Time, last.Random);
        foreach (string name in Names)
        {
            if (await catalog.ReadAsync(name, None) is { } half && !_acknowledged.ContainsKey(half.Incarnation))
            {
                await catalog.CreateAsync(name, half.Schema, None);
            }

            if (await catalog.ReadAsync(name, None) is { } head)
            {
                await CheckAsync(last, head);
            }
        }

        // All clocks together are off by less than this.
        for (int pass = 0; pass < 2; pass++)
        {
            await Task.Delay(TimeSpan.FromHours(10), last.Time);
            await Collector(last, GarbageFlaws.None).RunAsync(new GarbageRequest(Delete: true), None);
        }

        GarbageReport report = await Collector(last, GarbageFlaws.None).RunAsync(new GarbageRequest(Delete: false), None);
        ThrowIfFailed();
        if (report.FoundCount > 0)
        {
            throw new SimulationFailure($"after two quiet passes there is garbage left: {string.Join(", ", report.Lines.Where(line => line.FoundCount > 0))}");
        }

        foreach (CollectionHead head in await catalog.ListAsync(None))
        {
            await CheckAsync(last, head);
        }
    }

    private async Task ActAsync(string role, int mostMilliseconds, Func<SimulatedProcess, Task> act)
    {
        SimulatedProcess process = Start(role);
        while (!_ending)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1 + _random.Next(mostMilliseconds)), new SimulatedTime(_scheduler));
            if (_ending)
            {
                return;
            }

            process = process.Store.IsCrashed ? Start(role) : process;
            try
            {
                await act(process);
            }
            catch (Exception error) when (error is BlobStoreException or SimulatedCrashException
                || error is BigrainException { Code: not (ErrorCode.DataCorrupt or ErrorCode.Internal) } or BigrainException { InnerException: SimulatedCrashException })
            {
                Note($"{process.Name}: {error.Message}");
            }
            catch (Exception error) when (error is CorruptBlobException or BigrainException)
            {
                // A collection that was dropped under its user may lose anything at any moment; a living one nothing.
                Note($"{process.Name}: {error.Message}");
                CorruptBlobException corrupt = error as CorruptBlobException ?? (CorruptBlobException)error.InnerException!;
                if (DataBlob.TryParse(corrupt.BlobName, out DataBlob blob))
                {
                    await RequireDeadAsync(blob.Incarnation, corrupt);
                }
            }

            ThrowIfFailed();
        }
    }

    private async Task RequireDeadAsync(CollectionIncarnation incarnation, CorruptBlobException corrupt)
    {
        foreach (string name in Names)
        {
            var catalog = new CollectionCatalog(_memory, new SimulatedTime(_scheduler), _random);
            if (await catalog.ReadAsync(name, None) is { } head && head.Incarnation == incarnation && _acknowledged.ContainsKey(incarnation)
                && await _memory.GetPropertiesAsync(corrupt.BlobName, None) is null
                && !corrupt.BlobName.Contains("/wal/", StringComparison.Ordinal))
            {
                if (!DataBlob.TryParse(corrupt.BlobName, out DataBlob blob) || blob.Kind != DataBlobKind.GenerationFile || head.Generations.Contains(blob.Generation))
                {
                    throw new SimulationFailure($"of collection {name}, which is there: {corrupt.Message}");
                }
            }
        }
    }

    private async Task AdministerAsync(SimulatedProcess process)
    {
        string name = Names[_random.Next(Names.Length)];
        CollectionCatalog catalog = CatalogOf(process);
        if (_random.Chance(0.35) && await catalog.ReadAsync(name, None) is not null)
        {
            Note($"{process.Name}: drops {name}: {await catalog.DropAsync(name, None)}");
            return;
        }

        (CollectionHead head, bool created) = await catalog.CreateAsync(name, Schemas.Dense(2, Metric.L2, PartitionCount, streams: 1), None);
        _acknowledged.TryAdd(head.Incarnation, []);
        Note($"{process.Name}: {name} is {head.Incarnation.Value[..6]}, made now: {created}");
    }

    private async Task WriteAsync(SimulatedProcess process)
    {
        if (await HeadAsync(process) is not { } head || !_acknowledged.TryGetValue(head.Incarnation, out List<Request>? acknowledged))
        {
            return;
        }

        LogWriter writer = await LogWriter.OpenAsync(new StreamKey(head.Incarnation, 0), process.Store, process.Time, process.Random, WriterOptions, null, None);
        int most = 1 + _random.Next(8);
        for (int i = 0; i < most; i++)
        {
            Request request = Request.Create(_numbers++, _random);
            request.Sequence = await AwaitHere(writer.WriteAsync(request.Bytes, None));
            request.AcknowledgedAt = _scheduler.StepCount;
            acknowledged.Add(request);
            await Task.Delay(TimeSpan.FromMilliseconds(_random.Next(1_500)), new SimulatedTime(_scheduler));
        }
    }

    private async Task BuildAsync(SimulatedProcess process)
    {
        if (await HeadAsync(process) is not { } head)
        {
            return;
        }

        int[] generations = [.. head.Generations.Where(generation => generation != head.BuildingGeneration)];
        GenerationRecord record = await CatalogOf(process).ReadGenerationAsync(head.Incarnation, generations[_random.Next(generations.Length)], None);
        int partition = _random.Next(PartitionCount);
        var target = new SimulatedPartition(process, new StreamKey(head.Incarnation, 0), record.HomeOf(partition), partition);
        switch (_random.Next(10))
        {
            case < 6:
                await target.FreezeAsync(1 + _random.Next(20));
                break;
            case < 9:
                await target.MergeAsync();
                break;
            default:
                await target.DeleteRowsAsync();
                break;
        }
    }

    private async Task RebuildAsync(SimulatedProcess process)
    {
        // What another rebuilder left, or the one that sleeps: it must find out.
        foreach ((CollectionHead Head, string Pin) left in _rebuilds.ToArray())
        {
            if (_random.Chance(0.15) && await GarbageReindex.UndoAsync(process, left.Head, left.Pin))
            {
                _rebuilds.Remove(left);
            }
        }

        if (await HeadAsync(process) is not { } head)
        {
            return;
        }

        if (_random.Chance(0.3))
        {
            bool forget = _random.Chance(0.4);
            await CatalogOf(process).UpdateAsync(head.Name, head.Incarnation, now => now.PreviousGeneration is not { } previous ? null : forget
                ? now with { PreviousGeneration = null, LastGeneration = now.NextGeneration - 1 }
                : now with { CurrentGeneration = previous, PreviousGeneration = now.CurrentGeneration, LastGeneration = now.NextGeneration - 1, PublishedAt = process.Time.GetUtcNow() }, None);
            return;
        }

        string pin = string.Create(CultureInfo.InvariantCulture, $"{SimulatedPins.Prefix}{_numbers++}");
        _rebuilds.Add((head, pin));
        await new GarbageReindex(process, head, pin).RunAsync(_random.Chance(0.4) ? _random.Next(PartitionCount) : null, _worldFlaws);
        _rebuilds.Remove((head, pin));
        RebuildCount++;
    }

    private async Task CollectAsync(SimulatedProcess process)
    {
        if (!_collectors.TryGetValue(process.Name, out GarbageCollector? collector))
        {
            _collectors.Add(process.Name, collector = Collector(process, _flaws));
        }

        GarbageReport report = await collector.RunAsync(new GarbageRequest(Delete: true), None);
        PassCount++;
        Note($"{process.Name}: found {report.FoundCount}, deleted {report.DeletedCount}, bumped {report.ManifestsBumped}");
    }

    private async Task ReadAsync(SimulatedProcess process)
    {
        if (await CatalogOf(process).ReadAsync(Names[_random.Next(Names.Length)], None) is { } head)
        {
            await CheckAsync(process, head);
        }
    }

    /// <summary>Every write that was acknowledged is in every partition that answers queries, and nothing else is.</summary>
    private async Task CheckAsync(SimulatedProcess process, CollectionHead head)
    {
        int[] expected = [.. _acknowledged.GetValueOrDefault(head.Incarnation, []).Select(request => request.Number)];
        GenerationRecord record = await CatalogOf(process).ReadGenerationAsync(head.Incarnation, head.CurrentGeneration, None);
        for (int partition = 0; partition < PartitionCount; partition++)
        {
            var read = await new SimulatedPartition(process, new StreamKey(head.Incarnation, 0), record.HomeOf(partition), partition).ReadAllAsync();
            if (read is not { } found || await CatalogOf(process).ReadAsync(head.Name, None) is not { } now
                || now.Incarnation != head.Incarnation || now.CurrentGeneration != head.CurrentGeneration)
            {
                return;
            }

            if (found.Missing is { } missing)
            {
                throw new SimulationFailure($"'{missing}' is gone, and collection {head.Name} leads to it");
            }

            HashSet<int> numbers = [.. found.Entries.SelectMany(entry => entry.Batches).Select(Request.NumberOf)];
            int[] lost = [.. expected.Where(number => !numbers.Contains(number))];
            if (lost.Length > 0)
            {
                throw new SimulationFailure(string.Create(
                    CultureInfo.InvariantCulture, $"{lost.Length} acknowledged writes of {head.Name} {head.Incarnation.Value[..6]} are gone, the first is {lost[0]}"));
            }
        }
    }

    private async Task DisturbAsync()
    {
        var sleeping = new List<Task>();
        while (!_ending)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1 + _random.Next(6_000)), new SimulatedTime(_scheduler));
            if (_ending)
            {
                break;
            }

            SimulatedProcess process = _processes[^(1 + _random.Next(Math.Min(_processes.Count, 12)))];
            switch (_random.Next(5))
            {
                case 0:
                    await process.Store.CrashAsync();
                    break;
                case 1 or 2:
                    sleeping.Add(SleepAsync(process));
                    break;
                case 3:
                    process.Time.Error = ClockError * (_random.Next(201) - 100) / 100;
                    break;
                default:
                    _faulty = !_faulty;
                    _processes.ForEach(other => other.Store.Rates = Rates());
                    break;
            }
        }

        await Task.WhenAll(sleeping);
    }

    private async Task SleepAsync(SimulatedProcess process)
    {
        process.Sleep();
        Note($"{process.Name} sleeps");
        TimeSpan until = _scheduler.Elapsed + TimeSpan.FromSeconds(_random.Chance(0.5) ? 3 : 10 + _random.Next(120));
        while (!_ending && _scheduler.Elapsed < until)
        {
            await Task.Delay(TimeSpan.FromSeconds(1), new SimulatedTime(_scheduler));
        }

        Note($"{process.Name} wakes");
        process.Wake();
    }

    /// <summary>A HEAD as its user knows it: often not the newest.</summary>
    private async Task<CollectionHead?> HeadAsync(SimulatedProcess process)
    {
        if (_stale.Count > 0 && _random.Chance(0.2))
        {
            return _stale[^(1 + _random.Next(Math.Min(_stale.Count, 6)))];
        }

        CollectionHead? head = await CatalogOf(process).ReadAsync(Names[_random.Next(Names.Length)], None);
        if (head is not null)
        {
            _stale.Add(head);
        }

        return head;
    }

    private GarbageCollector Collector(SimulatedProcess process, GarbageFlaws flaws) => new(new GarbageServices
    {
        Store = process.Store,
        Catalog = CatalogOf(process),
        Pins = [new SimulatedPins(process.Store)],
        Logs = new DirectLogOwner(process.Store, process.Time, process.Random, WriterOptions),
        Options = Options,
        DedupeWindow = WriterOptions.DedupeWindow,
        KeepJobs = TimeSpan.FromDays(7),
        Time = process.Time,
        Loggers = NullLoggerFactory.Instance,
        Flaws = flaws,
    });

    private static CollectionCatalog CatalogOf(SimulatedProcess process) => new(process.Store, process.Time, process.Random);

    private SimulatedProcess Start(string role)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"{role}-{_processes.Count}");
        var process = new SimulatedProcess(name, _scheduler, _store, new SeededRandom(_random.NextUInt64()), Rates());
        if (_faulty && _random.Chance(0.3))
        {
            process.Store.CrashAtPoint = 1 + _random.Next(300);
        }

        process.Time.Error = ClockError * (_random.Next(201) - 100) / 100;
        process.LongPause = !_faulty ? 0 : role switch
        {
            "builder" => 0.04,
            "rebuilder" => 0.08,
            "collector" => 0.015,
            _ => 0,
        };
        _processes.Add(process);
        return process;
    }

    private FaultRates Rates() => _faulty
        ? new FaultRates { Transient = 0.01, LostRequest = 0.01, LostReply = 0.02, LateWrite = 0.03, BrokenListing = 0.002 }
        : new FaultRates();

    /// <summary>Continues on the scheduler: a task made to complete elsewhere would otherwise leave this thread.</summary>
    private static async Task<long> AwaitHere(Task<long> task) => await task;

    private void ThrowIfFailed()
    {
        if (_store.Failure is { } failure)
        {
            throw failure;
        }
    }

    private void Note(string what) => _events.Add(string.Create(CultureInfo.InvariantCulture, $"{_scheduler.Elapsed:c} {what}"));
}
