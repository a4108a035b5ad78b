using System.Globalization;
using Bigrain.Faults.Simulation;
using Bigrain.Index.Blobs;
using Bigrain.Index.Errors;
using Bigrain.Index.Log;
using Bigrain.Index.Schema;
using Bigrain.TestKit.Blobs;
using Bigrain.TestKit.Randomness;

namespace Bigrain.Faults.Log;

/// <summary>One run: clients, competing owners of one stream, freezers and trimmers, on a store that fails; all from one seed.</summary>
internal sealed class LogWorld
{
    private const int ClientCount = 4;
    private const int RequestsPerClient = 20;
    private const long MaxSteps = 3_000_000;

    // Clocks may be wrong by this much, and clients give up long before the batch-id window ends on any clock.
    private static readonly TimeSpan ClockError = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan RetryFor = TimeSpan.FromSeconds(20);
    private static readonly LogWriterOptions Options = new() { DedupeWindow = TimeSpan.FromSeconds(60), GroupBytes = 400, QueueBytes = 2_000 };
    private static readonly StreamKey Key = new(new CollectionIncarnation("00112233445566778899aabbccddeeff"), 0);

    private readonly SeededRandom _random;
    private readonly SimulatedScheduler _scheduler;
    private readonly RecordingStore _store;
    private readonly StreamLogFlaws _flaws;
    private readonly List<SimulatedProcess> _processes = [];
    private readonly List<(SimulatedProcess Process, LogWriter Writer)> _owners = [];
    private readonly List<Request> _requests = [];
    private readonly List<string> _events = [];
    private bool _ending;
    private bool _faulty = true;

    public LogWorld(ulong seed, StreamLogFlaws flaws)
    {
        _random = new SeededRandom(seed);
        _scheduler = new SimulatedScheduler(new SeededRandom(_random.NextUInt64()), new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        _store = new RecordingStore(new MemoryBlobStore(new SimulatedTime(_scheduler)) { ListPageCount = 7 }, Key);
        _flaws = flaws;
    }

    /// <summary>What happened, for the message of a failed run.</summary>
    public IReadOnlyList<string> Events => _events;

    /// <summary>A fingerprint of the run: equal seeds give equal ones.</summary>
    public string Summary => string.Create(
        CultureInfo.InvariantCulture,
        $"{_scheduler.StepCount} steps, {_scheduler.Elapsed}, {_store.Entries.Count} entries, {_requests.Count(r => r.AcknowledgedAt is not null)} of {_requests.Count} acknowledged, {_owners.Count} owners, {_store.GhostCount} ghosts");

    /// <summary>Requests that were acknowledged.</summary>
    public int AcknowledgedCount => _requests.Count(r => r.AcknowledgedAt is not null);

    /// <summary>Names made again after they had been deleted.</summary>
    public int GhostCount => _store.GhostCount;

    /// <summary>Runs to the end and checks every promise.</summary>
    /// <exception cref="SimulationFailure">One was broken.</exception>
    public void Run() => _scheduler.Run(RunAsync, MaxSteps);

    private async Task RunAsync()
    {
        Task[] background = [SuperviseAsync(), SuperviseAsync(), DisturbAsync(), FreezeAsync(), FreezeAsync(), TrimAsync()];
        await Task.WhenAll(Enumerable.Range(0, ClientCount).Select(_ => SendAsync()).ToArray());

        // Everything heals; then a new owner must come up and see all of it.
        _ending = true;
        _faulty = false;
        foreach (SimulatedProcess process in _processes)
        {
            process.Store.Rates = new FaultRates();
            process.Store.CrashAtPoint = 0;
            process.Wake();
        }

        await Task.WhenAll(background);
        Array.ForEach(_processes.ToArray(), process => process.Wake());
        await Task.Delay(TimeSpan.FromSeconds(10), new SimulatedTime(_scheduler));
        SimulatedProcess last = Start("last");
        LogWriter writer = await OpenAsync(last);
        await SendAsync(writer, NewRequest());
        LogChecker.Check(_requests, _store.Entries, await new SimulatedSegments(last, Key).ReadAllAsync());
    }

    private async Task SendAsync()
    {
        for (int i = 0; i < RequestsPerClient; i++)
        {
            await PauseAsync(_random.Chance(0.7) ? 200 : 40_000);
            Request request = NewRequest();
            TimeSpan giveUpAt = _scheduler.Elapsed + RetryFor;
            bool again;
            do
            {
                again = PickOwner() is { } writer
                    ? !await SendAsync(writer, request) && request.BatchId is not null
                    : true;
                await PauseAsync(100);
            }
            while (again && _scheduler.Elapsed < giveUpAt);

            if (request.AcknowledgedAt is not null && _random.Chance(0.2))
            {
                await RequireReadableAsync(request);
            }
        }
    }

    private Request NewRequest()
    {
        Request request = Request.Create(_requests.Count, _random);
        request.InvokedAt = _scheduler.StepCount;
        _requests.Add(request);
        return request;
    }

    private LogWriter? PickOwner() => _owners.Count == 0
        ? null
        : _owners[_random.Chance(0.7) ? _owners.Count - 1 : _random.Next(_owners.Count)].Writer;

    /// <summary>Sends once.</summary>
    /// <returns>Whether it was acknowledged.</returns>
    private async Task<bool> SendAsync(LogWriter writer, Request request)
    {
        try
        {
            Task<long> write = AwaitHere(writer.WriteAsync(request.Bytes, CancellationToken.None));
            if (await Task.WhenAny(write, Task.Delay(TimeSpan.FromSeconds(1), new SimulatedTime(_scheduler))) != write)
            {
                Note($"request {request.Number} to epoch {writer.Epoch}: timeout");
                return false;
            }

            request.Sequence = await write;
            request.AcknowledgedAt = _scheduler.StepCount;
            Note($"request {request.Number} acknowledged at {request.Sequence} by epoch {writer.Epoch}");
            return true;
        }
        catch (BigrainException error)
        {
            RequireExpected(error);
            Note($"request {request.Number} to epoch {writer.Epoch}: {error.Code}");
            return false;
        }
    }

    private async Task RequireReadableAsync(Request request)
    {
        List<LogEntry> entries = await new SimulatedSegments(new SimulatedProcess("reader", _scheduler, _store, _random, new FaultRates()), Key).ReadAllAsync();
        LogEntry? holder = entries.Find(entry => entry.Batches.Any(batch => Request.NumberOf(batch) == request.Number));
        if (holder?.Sequence != request.Sequence)
        {
            throw new SimulationFailure($"request {request.Number} was acknowledged at {request.Sequence} and a reader finds it at {holder?.Sequence}");
        }
    }

    /// <summary>Opens a new owner whenever the last one is of no use; two of these compete.</summary>
    private async Task SuperviseAsync()
    {
        while (!_ending)
        {
            if (_owners.Count == 0 || _owners[^1].Writer.IsFenced || _owners[^1].Process.Store.IsCrashed || _random.Chance(0.01))
            {
                await TryOpenAsync();
            }

            await PauseAsync(500);
        }
    }

    private async Task TryOpenAsync()
    {
        SimulatedProcess process = Start("owner");
        try
        {
            LogWriter writer = await OpenAsync(process);
            _owners.Add((process, writer));
        }
        catch (Exception error) when (error is BigrainException or SimulatedCrashException)
        {
            RequireExpected(error);
            Note($"{process.Name} did not open: {error.Message}");
        }
    }

    private async Task<LogWriter> OpenAsync(SimulatedProcess process)
    {
        LogWriter writer = await LogWriter.OpenAsync(Key, process.Store, process.Time, process.Random, Options, null, _flaws, CancellationToken.None);
        Note($"{process.Name} owns epoch {writer.Epoch} from {writer.LastSequence}");
        return writer;
    }

    private async Task DisturbAsync()
    {
        var background = new List<Task>();
        while (!_ending)
        {
            await PauseAsync(6_000);
            if (_owners.Count == 0 || _ending)
            {
                continue;
            }

            (SimulatedProcess process, LogWriter writer) = _owners[^1];
            switch (_random.Next(6))
            {
                case 0:
                    Note($"{process.Name} dies");
                    await process.Store.CrashAsync();
                    break;
                case 1:
                    _ = SleepAsync(process);
                    await TryOpenAsync();
                    break;
                case 2:
                    background.Add(ParkAsync(_owners[^1]));
                    await TryOpenAsync();
                    break;
                case 3:
                    process.Time.Error = ClockError * (_random.Next(201) - 100) / 100;
                    break;
                case 4:
                    await TryOpenAsync();
                    break;
                default:
                    _faulty = !_faulty;
                    _processes.ForEach(p => p.Store.Rates = Rates());
                    break;
            }
        }

        await Task.WhenAll(background);
    }

    /// <summary>An owner that nobody asks for so long that the log is trimmed past its next name, and then somebody does.</summary>
    private async Task ParkAsync((SimulatedProcess Process, LogWriter Writer) owner)
    {
        Note($"{owner.Process.Name} is forgotten");
        _owners.Remove(owner);
        await PauseAsync(10_000);
        for (int i = 0; i < 9; i++)
        {
            await PauseAsync(20_000);
        }

        Note($"{owner.Process.Name} is remembered");
        await SendAsync(owner.Writer, NewRequest());
    }

    private async Task SleepAsync(SimulatedProcess process)
    {
        int milliseconds = _random.Chance(0.5) ? 5_000 : 150_000;
        Note($"{process.Name} sleeps");
        process.Sleep();
        await PauseAsync(milliseconds);
        Note($"{process.Name} wakes");
        process.Wake();
    }

    private async Task FreezeAsync()
    {
        SimulatedProcess process = Start("freezer");
        while (!_ending)
        {
            await PauseAsync(8_000);
            process = process.Store.IsCrashed ? Start("freezer") : process;
            try
            {
                await new SimulatedSegments(process, Key).FreezeAsync(1 + _random.Next(30));
            }
            catch (Exception error) when (error is BlobStoreException or SimulatedCrashException)
            {
                Note($"{process.Name}: {error.Message}");
            }
        }
    }

    private async Task TrimAsync()
    {
        SimulatedProcess process = Start("trimmer");
        while (!_ending)
        {
            await PauseAsync(15_000);
            process = process.Store.IsCrashed ? Start("trimmer") : process;
            try
            {
                var trimmer = new LogTrimmer(process.Store, process.Time, Key, Options.DedupeWindow);
                long floor = await trimmer.FindFloorAsync(await new SimulatedSegments(process, Key).ReadFloorAsync(), CancellationToken.None);
                if (_owners.Count > 0 && floor <= _owners[^1].Writer.LastSequence)
                {
                    _owners[^1].Writer.RaiseFloor(floor);
                }

                int deleted = await trimmer.DeleteAsync(CancellationToken.None);
                Note($"floor {floor} wanted, {deleted} entries trimmed");
            }
            catch (Exception error) when (error is BlobStoreException or SimulatedCrashException)
            {
                Note($"{process.Name}: {error.Message}");
            }
        }
    }

    private SimulatedProcess Start(string role)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"{role}-{_processes.Count}");
        var process = new SimulatedProcess(name, _scheduler, _store, new SeededRandom(_random.NextUInt64()), Rates());
        if (_faulty && _random.Chance(0.4))
        {
            process.Store.CrashAtPoint = 1 + _random.Next(150);
        }

        process.Time.Error = ClockError * (_random.Next(201) - 100) / 100;
        _processes.Add(process);
        return process;
    }

    private FaultRates Rates() => _faulty
        ? new FaultRates
        {
            Transient = 0.05,
            LostRequest = _random.Chance(0.15) ? 0.5 : 0.05,
            LostReply = 0.1,
            LateWrite = 0.1,
            BrokenListing = 0.01,
        }
        : new FaultRates();

    private Task PauseAsync(int mostMilliseconds) =>
        Task.Delay(TimeSpan.FromMilliseconds(1 + _random.Next(_ending ? 10 : mostMilliseconds)), new SimulatedTime(_scheduler));

    /// <summary>Continues on the scheduler: a task made to complete elsewhere would otherwise leave this thread.</summary>
    private static async Task<long> AwaitHere(Task<long> task) => await task;

    private void RequireExpected(Exception error)
    {
        if (error is BigrainException { Code: ErrorCode.DataCorrupt } or BigrainException { Code: ErrorCode.Internal, InnerException: not SimulatedCrashException })
        {
            throw new SimulationFailure($"unexpected: {error}");
        }
    }

    private void Note(string what) => _events.Add(string.Create(CultureInfo.InvariantCulture, $"{_scheduler.Elapsed:c} {what}"));
}
