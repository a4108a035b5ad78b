using System.Globalization;
using Bigrain.Faults.Log;
using Bigrain.Index.Blobs;
using Bigrain.Index.Catalog;
using Bigrain.Index.Errors;
using Bigrain.Index.Log;
using Bigrain.Index.Partitions;
using Bigrain.Index.Queries;
using Bigrain.Index.Schema;
using Bigrain.TestKit.Blobs;
using Bigrain.TestKit.Partitions;
using Bigrain.TestKit.Randomness;

namespace Bigrain.Faults.Replicas;

/// <summary>One run of the replicated protocol, all from one seed: clients, owners of streams that come, go and come back, silos with a copy of
/// each partition that do not agree on who is primary, a network that loses, repeats and delays, and a store that fails.</summary>
/// <remarks>
/// <para>Operations run one after the other, but any of them may be held up at a store call, or die there, while others go on.</para>
/// <para>At each store call of a freeze, a merge or a follow, and after each step, every copy that it may have touched must show exactly
/// the documents that its applied log entries define. Answers must cover tokens, strong reads and the freshness bound, or say
/// that they do not.</para>
/// </remarks>
internal sealed class ReplicaWorld : IAsyncDisposable
{
    private const int StreamCount = 3;
    private const int PartitionCount = 2;
    private const int SiloCount = 3;
    private const int StepCount = 220;

    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly LogWriterOptions WriterOptions = new() { DedupeWindow = TimeSpan.FromSeconds(10) };

    // A heartbeat that is older than this when it arrives counts as lost: the transport drops what has expired.
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FreshWithin = Partition.LateAfter + LongestDelay;

    private readonly ReplicaFlaws _flaws;
    private readonly SeededRandom _random;
    private readonly WorldTime _time = new();
    private readonly CollidingHash _hash = new();
    private readonly List<string> _events = [];
    private readonly ReplicaClients _clients;
    private readonly StreamModel[] _models = [.. Enumerable.Range(0, StreamCount).Select(_ => new StreamModel())];
    private readonly ReplicaCheck _check;
    private readonly ReplicaSilo[] _silos = new ReplicaSilo[SiloCount];
    private readonly List<ReplicaWriter>[] _writers = [.. Enumerable.Range(0, StreamCount).Select(_ => new List<ReplicaWriter>())];
    private readonly List<Message> _network = [];
    private readonly List<Operation> _heldUp = [];
    private readonly long[] _newestEpoch = new long[StreamCount];
    private readonly TimeSpan[,] _misledUntil = new TimeSpan[SiloCount, StreamCount];
    private IBlobStore _store = null!;
    private RecordingStore[] _logs = [];
    private ManifestAudit _manifests = null!;
    private CollectionHead _head = null!;
    private GenerationRecord _generation = null!;
    private Operation? _running;
    private Exception? _failure;
    private int _processNumber;
    private bool _ending;

    public ReplicaWorld(ulong seed, ReplicaFlaws flaws)
    {
        _flaws = flaws;
        _random = new SeededRandom(seed);
        _clients = new ReplicaClients(new SeededRandom(_random.NextUInt64()), _hash, StreamCount);
        _check = new ReplicaCheck(_models, _hash, PartitionCount);
    }

    /// <summary>What happened, for the message of a failed run.</summary>
    public IReadOnlyList<string> Events => _events;

    public ReplicaCounts Counts { get; } = new();

    /// <summary>Runs to the end and checks every promise.</summary>
    /// <exception cref="SimulationFailure">One was broken.</exception>
    public async Task RunAsync()
    {
        await CreateAsync();
        for (int step = 0; step < StepCount; step++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(_random.Next(_random.Chance(0.1) ? 3_000 : 150)));
            await StepAsync();
            ThrowIfFailed();
        }

        await HealAsync();
        for (int stream = 0; stream < StreamCount; stream++)
        {
            LogChecker.Check(_clients.RequestsOf(stream), _logs[stream].Entries);
        }

        Counts.Acknowledged = _clients.AcknowledgedCount;
        Counts.Commits = _manifests.CommitCount;
        Counts.Ghosts = _logs.Sum(log => log.GhostCount);
    }

    public async ValueTask DisposeAsync()
    {
        _ending = true;
        foreach (ReplicaSilo? silo in _silos)
        {
            if (silo is not null)
            {
                await EndAsync(silo);
            }
        }

        foreach (Operation operation in _heldUp.ToArray())
        {
            await ResumeAsync(operation);
        }
    }

    private async Task CreateAsync()
    {
        IBlobStore store = new MemoryBlobStore(new ProcessClock(_time)) { ListPageCount = 7 };
        store = _flaws.UnconditionalManifests ? new UnconditionalManifests(store) : store;
        _store = _manifests = new ManifestAudit(store, broken => Fail(new SimulationFailure(broken)));
        var catalog = new CollectionCatalog(_store, new ProcessClock(_time), _random);
        CodecSpec codec = _random.Chance(0.5) ? CodecSpec.Flat : CodecSpec.RaBitQ(1 + _random.Next(4));
        (_head, _) = await catalog.CreateAsync("sim", Schemas.Dense(4, Metric.L2, PartitionCount, StreamCount, DenseType.Fp32, codec), None);
        _generation = await catalog.ReadGenerationAsync(_head.Incarnation, 1, None);
        _logs = new RecordingStore[StreamCount];
        for (int stream = 0; stream < StreamCount; stream++)
        {
            _store = _logs[stream] = new RecordingStore(_store, KeyOf(stream)) { Recorded = _models[stream].Apply };
        }

        for (int number = 0; number < SiloCount; number++)
        {
            _silos[number] = StartSilo(number);
            for (int partition = 0; partition < PartitionCount; partition++)
            {
                await OpenAsync(_silos[number], partition);
            }
        }
    }

    private async Task StepAsync()
    {
        ReplicaSilo silo = _silos[_random.Next(SiloCount)];
        int partition = _random.Next(PartitionCount);
        int stream = _random.Next(StreamCount);
        if (silo.TryGet(partition) is null)
        {
            await OpenAsync(silo, partition);
        }

        switch (_random.Next(100))
        {
            case < 20:
                await WriteAsync(stream);
                break;
            case < 38:
                await DeliverAsync();
                break;
            case < 45:
                await HeartbeatAsync(stream);
                break;
            case < 56:
                await MaintainAsync(silo, partition);
                break;
            case < 63:
                await FollowAsync(silo, partition);
                break;
            case < 73:
                await QueryAsync(silo);
                break;
            case < 83 when _heldUp.Count > 0:
                await ResumeAsync(_heldUp[_random.Next(_heldUp.Count)]);
                break;
            case < 86:
                await RunBackgroundAsync(silo);
                break;
            case < 88:
                await OpenOrCloseAsync(silo, partition);
                break;
            case < 89:
                await RestartAsync(silo, "is killed");
                break;
            case < 91:
                await OpenWriterAsync(stream);
                break;
            case < 96:
                await TrimAsync(stream);
                break;
            case < 98:
                ChangeView(silo, partition);
                break;
            case < 99:
                silo.Clock.Error = TimeSpan.FromMinutes(_random.Next(600) - 300);
                Note($"{silo.Name}: clock off by {silo.Clock.Error}");
                break;
            default:
                await CrashWriterAsync(stream);
                break;
        }
    }

    // ---- writers

    private async Task WriteAsync(int stream)
    {
        ReplicaWriter? writer = PickWriter(stream);
        if (writer is null)
        {
            await OpenWriterAsync(stream);
            writer = PickWriter(stream);
        }

        if (writer is not null)
        {
            await SendAsync(writer, _clients.Next(stream, _time.Elapsed));
        }
    }

    private async Task SendAsync(ReplicaWriter writer, Request request)
    {
        var operation = new Operation(writer, string.Create(CultureInfo.InvariantCulture, $"{writer.Name}: write {request.Number}"), IsLogPoint);
        writer.Operation = operation;
        await RunAsync(operation, async () =>
        {
            try
            {
                long sequence = await writer.Writer!.WriteAsync(request.Bytes, None);
                _clients.Acknowledge(writer.Stream, request, sequence, _time.Elapsed);
                Note($"{writer.Name}: request {request.Number} of stream {writer.Stream} acknowledged at {sequence}");
            }
            catch (BigrainException error) when (IsExpectedOfWriter(error))
            {
                Note($"{writer.Name}: request {request.Number} of stream {writer.Stream}: {error.Code}");
            }
            finally
            {
                writer.Operation = null;
            }
        });
    }

    private ReplicaWriter? PickWriter(int stream)
    {
        ReplicaWriter[] idle = [.. _writers[stream].Where(writer => writer.Operation is null && !writer.Store.IsCrashed)];
        return idle.Length == 0 || idle[^1].Writer!.IsFenced || (_writers[stream][^1].Operation is not null && _random.Chance(0.3)) ? null
            : _random.Chance(0.75) ? idle[^1]
            : idle[_random.Next(idle.Length)];
    }

    private async Task OpenWriterAsync(int stream)
    {
        var clock = new ProcessClock(_time) { Error = TimeSpan.FromMilliseconds(_random.Next(3_000) - 1_500) };
        var store = new FaultyBlobStore(_store, new SeededRandom(_random.NextUInt64()), WriterRates());
        var writer = new ReplicaWriter(string.Create(CultureInfo.InvariantCulture, $"owner-{_processNumber++}"), stream, store, clock);
        store.OnPoint = point => AtPointAsync(writer, point);
        store.CrashAtPoint = !_ending && _random.Chance(0.3) ? 1 + _random.Next(120) : 0;
        var operation = new Operation(writer, $"{writer.Name}: open", IsLogPoint);
        await RunAsync(operation, async () =>
        {
            try
            {
                writer.Writer = await LogWriter.OpenAsync(
                    KeyOf(stream), store, clock, new SeededRandom(_random.NextUInt64()), WriterOptions, entry => Push(entry), _flaws.Log, None);
                _writers[stream].Add(writer);
                _newestEpoch[stream] = Math.Max(_newestEpoch[stream], writer.Writer.Epoch);
                Note($"{writer.Name}: owns stream {stream} in epoch {writer.Writer.Epoch} from {writer.Writer.LastSequence}");
            }
            catch (Exception error) when (error is SimulatedCrashException || (error is BigrainException known && IsExpectedOfWriter(known)))
            {
                Note($"{writer.Name}: did not open stream {stream}: {error.Message}");
            }
        });
    }

    private async Task CrashWriterAsync(int stream)
    {
        if (_writers[stream] is [.., { } writer])
        {
            Note($"{writer.Name}: is killed");
            await writer.Store.CrashAsync();
        }
    }

    private async Task TrimAsync(int stream)
    {
        var store = new FaultyBlobStore(_store, new SeededRandom(_random.NextUInt64()), WriterRates());
        var trimmer = new object();
        store.OnPoint = point => AtPointAsync(trimmer, point);
        var operation = new Operation(trimmer, $"trim of stream {stream}", point => point.BlobName.EndsWith("/MANIFEST", StringComparison.Ordinal));
        await RunAsync(operation, async () =>
        {
            try
            {
                var clock = new ProcessClock(_time);
                var trim = new LogTrimmer(store, clock, KeyOf(stream), WriterOptions.DedupeWindow);
                long floor = await trim.FindFloorAsync(_head, new CollectionCatalog(store, clock, _random), None);
                if (_writers[stream] is [.., { Operation: null, IsOfUse: true } writer] && floor <= writer.Writer!.LastSequence + 1)
                {
                    writer.Writer.RaiseFloor(floor);
                }

                int deleted = await trim.DeleteAsync(None);
                Counts.Trimmed += deleted;
                Note($"stream {stream}: floor {floor} wanted, {deleted} entries trimmed");
            }
            catch (BlobStoreException error)
            {
                Note($"stream {stream}: not trimmed: {error.Message}");
            }
        });
    }

    // ---- network

    /// <summary>A writer sends an entry to every silo, once or twice or not at all.</summary>
    private void Push(LogEntry entry)
    {
        for (int silo = 0; silo < SiloCount; silo++)
        {
            int copies = _random.Next(12) switch { 0 or 1 => 0, 2 => 2, _ => 1 };
            for (int copy = 0; copy < copies; copy++)
            {
                _network.Add(new Message(silo, entry.Stream, entry, 0, 0, _time.Elapsed));
            }
        }
    }

    /// <summary>A writer, the newest or one that was replaced and does not know, says how far its log goes.</summary>
    private async Task HeartbeatAsync(int stream)
    {
        ReplicaWriter[] speakers = [.. _writers[stream].Where(writer => !writer.Store.IsCrashed && !writer.Writer!.IsFenced)];
        if (speakers.Length == 0)
        {
            return;
        }

        LogWriter speaker = (_random.Chance(0.8) ? speakers[^1] : speakers[_random.Next(speakers.Length)]).Writer!;
        for (int silo = 0; silo < SiloCount; silo++)
        {
            var message = new Message(silo, stream, null, speaker.Epoch, speaker.LastSequence, _time.Elapsed);
            switch (_random.Next(8))
            {
                case 0:
                    break;
                case 1:
                    _network.Add(message);
                    break;
                default:
                    await DeliverAsync(message);
                    break;
            }
        }
    }

    private async Task DeliverAsync()
    {
        for (int count = Math.Min(_network.Count, 1 + _random.Next(6)); count > 0; count--)
        {
            int next = _random.Next(_network.Count);
            Message message = _network[next];
            _network.RemoveAt(next);
            bool isHeartbeat = message.Entry is null && message.Partition < 0;
            if (!isHeartbeat || _time.Elapsed - message.SentAt <= LongestDelay)
            {
                await DeliverAsync(message);
            }
        }
    }

    private async Task DeliverAsync(Message message)
    {
        ReplicaSilo silo = _silos[message.Silo];
        if (message.Partition >= 0)
        {
            await FollowAsync(silo, message.Partition);
            return;
        }

        for (int number = 0; number < PartitionCount; number++)
        {
            if (silo.TryGet(number) is not { } partition || !partition.Streams.Contains(message.Stream))
            {
                continue;
            }

            if (message.Entry is { } entry)
            {
                await TryAsync(silo, $"push {entry.Sequence} of stream {entry.Stream} to partition {number}", async () => await partition.PushAsync(entry, None));
            }
            else
            {
                if (message.Epoch < _newestEpoch[message.Stream])
                {
                    // Only a replica that never heard the newer owner believes it, and only while the two differ.
                    _misledUntil[silo.Number, message.Stream] = _time.Elapsed + Partition.LateAfter;
                }

                partition.Heard(message.Stream, message.Epoch, message.LastSequence);
            }
        }

        CheckNow(silo);
    }

    // ---- silos

    private async Task MaintainAsync(ReplicaSilo silo, int partition)
    {
        // Those who believe to be primary, two now and then.
        ReplicaSilo[] primaries = [.. _silos.Where(other => other.IsPrimary(partition))];
        silo = primaries.Length > 0 ? primaries[_random.Next(primaries.Length)] : silo;

        if (silo.TryGet(partition) is not { IsFenced: false } open || !silo.IsPrimary(partition) || silo.Operations.Count > 0)
        {
            return;
        }

        int kind = _random.Next(4);
        string what = kind switch { 0 => "freeze", 1 => "compact", _ => "maintain" };
        MayCrash(silo, 60);
        int commits = _manifests.CommitCount;
        var operation = new Operation(silo, $"{silo.Name}: {what} partition {partition}", IsCommitPoint) { Partition = partition };
        await RunAsync(silo, operation, async () =>
        {
            await open.CatchUpAsync(None);
            await (kind switch { 0 => open.FreezeAsync(None), 1 => open.CompactAsync(None), _ => open.MaintainAsync(None) });
            if (_manifests.CommitCount > commits)
            {
                Note($"{silo.Name}: {what} of partition {partition} done");
                TellFollowers(silo, partition);
            }
        });
    }

    private void TellFollowers(ReplicaSilo primary, int partition)
    {
        foreach (ReplicaSilo other in _silos)
        {
            if (other.Number != primary.Number && _random.Chance(0.8))
            {
                _network.Add(new Message(other.Number, -1, null, 0, 0, _time.Elapsed, partition));
            }
        }
    }

    private async Task FollowAsync(ReplicaSilo silo, int partition)
    {
        if (silo.TryGet(partition) is not { } open || silo.Operations.Exists(operation => operation.Partition == partition))
        {
            return;
        }

        MayCrash(silo, 20);
        var operation = new Operation(silo, $"{silo.Name}: follow partition {partition}", IsManifestRead) { Partition = partition };
        await RunAsync(silo, operation, async () =>
        {
            long[] before = [.. Enumerable.Range(0, StreamCount).Select(open.AppliedSequence)];
            bool followed = await open.FollowAsync(None);
            Counts.Follows += followed ? 1 : 0;
            Note($"{silo.Name}: follow of partition {partition}: {(followed ? "done" : "nothing new")}");
            foreach (int stream in open.Streams)
            {
                Require(open.AppliedSequence(stream) >= before[stream], $"{silo.Name}: following took entries of stream {stream} away from partition {partition}");
            }
        });
    }

    private async Task OpenOrCloseAsync(ReplicaSilo silo, int partition)
    {
        if (silo.TryGet(partition) is not null && !silo.Operations.Exists(operation => operation.Partition == partition))
        {
            Note($"{silo.Name}: unloads partition {partition}");
            await silo.CloseAsync(partition);
        }

        await OpenAsync(silo, partition);
    }

    private async Task OpenAsync(ReplicaSilo silo, int partition)
    {
        if (silo.Operations.Exists(operation => operation.Partition == partition))
        {
            return;
        }

        // A primary may freeze while it opens, and builds of a silo wait for each other.
        bool isFree = silo.Operations.Count == 0;
        if (!isFree && silo.IsPrimary(partition))
        {
            return;
        }

        MayCrash(silo, 40);
        var operation = new Operation(silo, $"{silo.Name}: open partition {partition}", IsManifestRead) { Partition = partition };
        await RunAsync(silo, operation, async () => await silo.OpenAsync(partition));
    }

    private void ChangeView(ReplicaSilo silo, int partition)
    {
        int primary = _random.Next(SiloCount);
        foreach (ReplicaSilo other in _silos)
        {
            if (other == silo || _random.Chance(0.6))
            {
                other.Believes[partition] = primary;
            }
        }

        Note($"partition {partition}: primaries believed are {string.Join(", ", _silos.Select(other => other.Believes[partition]))}");
    }

    private async Task RunBackgroundAsync(ReplicaSilo silo)
    {
        Func<Task>[] due = [.. silo.Background];
        silo.Background.Clear();
        foreach (Func<Task> work in due)
        {
            await work();
        }

        CheckNow(silo);
    }

    private ReplicaSilo StartSilo(int number)
    {
        var silo = new ReplicaSilo(
            number,
            string.Create(CultureInfo.InvariantCulture, $"silo-{number}.{_processNumber++}"),
            _head,
            _generation,
            _store,
            _time,
            _hash,
            new SeededRandom(_random.NextUInt64()),
            _flaws.Partition);
        silo.Store.OnPoint = point => AtPointAsync(silo, point);
        silo.Store.Rates = SiloRates();
        if (_silos[number] is { } before)
        {
            before.Believes.CopyTo(silo.Believes, 0);
        }

        return silo;
    }

    private async Task RestartAsync(ReplicaSilo silo, string why)
    {
        Note($"{silo.Name}: {why}");
        await EndAsync(silo);
        ReplicaSilo next = _silos[silo.Number] = StartSilo(silo.Number);
        for (int partition = 0; partition < PartitionCount && !next.Store.IsCrashed; partition++)
        {
            await OpenAsync(next, partition);
        }
    }

    /// <summary>Kills a process: what it was doing ends, and no call reaches the store.</summary>
    private async Task EndAsync(ReplicaSilo silo)
    {
        await silo.Store.CrashAsync();
        while (silo.Operations is [{ } operation, ..])
        {
            await ResumeAsync(operation);
        }

        await silo.DisposeAsync();
    }

    private void MayCrash(ReplicaSilo silo, int withinPoints)
    {
        silo.Store.CrashAtPoint = !_ending && _random.Chance(0.2) ? silo.Store.PointCount + 1 + _random.Next(withinPoints) : 0;
    }

    // ---- queries

    private async Task QueryAsync(ReplicaSilo silo)
    {
        bool strong = _random.Chance(0.25);
        long[] token = _random.Chance(0.5) ? _clients.Token() : [];
        TimeSpan askedAt = _time.Elapsed;
        var request = new SearchRequest
        {
            Incarnation = _head.Incarnation,
            Generation = _generation.Generation,
            Partitions = [.. Enumerable.Range(0, PartitionCount)],
            Representation = 0,
            Vector = [1, 2, 3, 4],
            K = 300,
            Nprobe = 1_000,
            Shortlist = 0,
            Consistency = strong ? Consistency.Strong : Consistency.Session,
            MinSequences = token,
            Budget = TimeSpan.FromSeconds(1),
        };
        await TryAsync(silo, "query", async () =>
        {
            SearchReply found = SearchReply.Decode(await silo.Host.SearchAsync(request.Encode(), None));
            var verified = new VerifyReply { Hits = [], CorruptPartitions = [], Cost = default };
            if (found.Candidates.Length > 0)
            {
                var verify = new VerifyRequest { Ticket = found.Ticket, K = 300, IncludePayload = true, Candidates = found.Candidates, Budget = TimeSpan.FromSeconds(1) };
                verified = VerifyReply.Decode(await silo.Host.VerifyAsync(verify.Encode(), None));
            }

            for (int number = 0; number < PartitionCount; number++)
            {
                if (found.Answers[number] != PartitionAnswer.Answered)
                {
                    Counts.Flagged++;
                    continue;
                }

                Partition partition = silo.TryGet(number)!;
                RequireCurrent(silo, partition, strong, token, askedAt);
                if (!verified.CorruptPartitions.Contains(number) && verified.Hits.All(hit => hit is { Verified: true, PayloadMissing: false }))
                {
                    _check.RequireExact(silo.Name, partition, verified.Hits);
                    Counts.Answers++;
                }
            }
        });
        CheckNow(silo);
    }

    /// <summary>An answer without a flag covers what it must.</summary>
    private void RequireCurrent(ReplicaSilo silo, Partition partition, bool strong, long[] token, TimeSpan askedAt)
    {
        foreach (int stream in partition.Streams)
        {
            long applied = partition.AppliedSequence(stream);
            string where = string.Create(
                CultureInfo.InvariantCulture, $"{silo.Name}: answer of partition {partition.Key.Partition} ends at {applied} of stream {stream}");
            Require(stream >= token.Length || applied >= token[stream], $"{where}, the token asked for {token.ElementAtOrDefault(stream)}");
            long acknowledged = _clients.AcknowledgedBy(stream, askedAt);
            Require(!strong || applied >= acknowledged, $"{where}, {acknowledged} had been acknowledged before this strong read");
            long old = _clients.AcknowledgedBy(stream, askedAt - FreshWithin);
            Require(
                applied >= old || _misledUntil[silo.Number, stream] >= askedAt,
                $"{where}, {old} had been acknowledged more than {FreshWithin} ago");
        }
    }

    // ---- running

    private Task RunAsync(ReplicaSilo silo, Operation operation, Func<Task> work)
    {
        silo.Operations.Add(operation);
        return RunAsync(operation, () => TryAsync(silo, operation.Name, async () =>
        {
            try
            {
                await work();
            }
            finally
            {
                silo.Operations.Remove(operation);
            }
        }));
    }

    private async Task RunAsync(Operation operation, Func<Task> work)
    {
        Operation? outer = _running;
        _running = operation;
        await operation.StartAsync(() => GuardAsync(work));
        _running = outer;
        await SettleAsync(operation);
    }

    private async Task ResumeAsync(Operation operation)
    {
        Note($"{operation.Name}: goes on");
        _heldUp.Remove(operation);
        _running = operation;
        await operation.ResumeAsync();
        _running = null;
        await SettleAsync(operation);
    }

    private async Task SettleAsync(Operation operation)
    {
        if (operation.IsHeldUp)
        {
            Note($"{operation.Name}: is held up");
            _heldUp.Add(operation);
        }
        else if (operation.Owner is ReplicaSilo silo)
        {
            if (silo.Store.IsCrashed && !_ending && _silos[silo.Number] == silo && silo.Operations.Count == 0)
            {
                await RestartAsync(silo, "died");
            }
            else if (!silo.Store.IsCrashed)
            {
                silo.Store.CrashAtPoint = 0;
                CheckNow(silo);
            }
        }
    }

    private async Task GuardAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception error)
        {
            Fail(error);
        }
    }

    /// <summary>Runs what may fail.</summary>
    private async Task TryAsync(ReplicaSilo silo, string what, Func<Task> run)
    {
        try
        {
            await run();
        }
        catch (Exception error) when (IsExpected(error))
        {
            Counts.Failures++;
            Note($"{silo.Name}: {what}: {error.Message}");
            if (error is CorruptBlobException && !_ending)
            {
                _time.Advance(TimeSpan.FromSeconds(61));
            }
        }
        catch (Exception error)
        {
            Fail(error);
        }
    }

    private async ValueTask AtPointAsync(object process, FaultPoint point)
    {
        if (_running is not { } operation || operation.Owner != process)
        {
            return;
        }

        if (process is ReplicaSilo silo && point.Operation is "create" or "replace")
        {
            CheckNow((ReplicaSilo)process);
        }

        if (!_ending && operation.MayStopAt(point) && _random.Chance(0.08))
        {
            _running = null;
            await operation.StopAsync();
        }
    }

    private void CheckNow(ReplicaSilo silo)
    {
        for (int number = 0; number < PartitionCount; number++)
        {
            if (silo.TryGet(number) is { IsClosing: false } partition && _failure is null)
            {
                try
                {
                    _check.RequireExact(silo.Name, partition);
                }
                catch (Exception error)
                {
                    Fail(error);
                }
            }
        }
    }

    private void Fail(Exception error) => _failure ??= error;

    private void ThrowIfFailed()
    {
        if (_failure is { } failure)
        {
            throw failure is SimulationFailure ? failure : new InvalidOperationException($"unexpected: {failure}", failure);
        }
    }

    // ---- the end

    /// <summary>All faults end: every copy must come to show every acknowledged write, and go on doing so.</summary>
    private async Task HealAsync()
    {
        Note($"everything heals");
        _ending = true;
        _network.Clear();
        foreach (ReplicaSilo silo in _silos)
        {
            silo.Store.Rates = new FaultRates();
            silo.Store.CrashAtPoint = 0;
        }

        foreach (ReplicaWriter writer in _writers.SelectMany(writers => writers))
        {
            writer.Store.Rates = new FaultRates();
        }

        while (_heldUp.Count > 0)
        {
            await ResumeAsync(_heldUp[_random.Next(_heldUp.Count)]);
        }

        foreach (FaultyBlobStore store in _silos.Select(silo => silo.Store).Concat(_writers.SelectMany(writers => writers).Select(writer => writer.Store)))
        {
            await store.SettleAsync();
        }

        _time.Advance(TimeSpan.FromMinutes(2));
        for (int stream = 0; stream < StreamCount; stream++)
        {
            await OpenWriterAsync(stream);
            await SendAsync(_writers[stream][^1], _clients.Next(stream, _time.Elapsed));
        }

        ThrowIfFailed();
        foreach (ReplicaSilo silo in _silos.ToArray())
        {
            // Local copies that were damaged on their way stay so.
            if (silo.Store.IsCrashed || silo.Store.History.Exists(fault => fault.Contains("flipped", StringComparison.Ordinal)))
            {
                await RestartAsync(silo, "starts again");
            }
        }

        await ConvergeAsync();
        for (int partition = 0; partition < PartitionCount; partition++)
        {
            Partition primary = _silos[_random.Next(SiloCount)].TryGet(partition)!;
            await primary.FollowAsync(None);
            await primary.CompactAsync(None);
        }

        await ConvergeAsync();
        await RestartAsync(_silos[0], "starts again");
        await ConvergeAsync();
        ThrowIfFailed();
    }

    private async Task ConvergeAsync()
    {
        foreach (ReplicaSilo silo in _silos)
        {
            for (int number = 0; number < PartitionCount; number++)
            {
                Partition partition = silo.TryGet(number) ?? await silo.OpenAsync(number);
                await partition.FollowAsync(None);
                await partition.CatchUpAsync(None);
                _check.RequireExact(silo.Name, partition);
                foreach (int stream in partition.Streams)
                {
                    Require(
                        partition.AppliedSequence(stream) == _models[stream].LastSequence,
                        $"{silo.Name}: partition {number} ends at {partition.AppliedSequence(stream)} of stream {stream}, whose log ends at {_models[stream].LastSequence}");
                }
            }
        }

        ThrowIfFailed();
    }

    // ---- small things

    private static bool IsExpected(Exception error) => error is BlobStoreException or CorruptBlobException or SimulatedCrashException or OperationCanceledException
        or BigrainException { Code: ErrorCode.Fenced or ErrorCode.Unavailable };

    private static bool IsExpectedOfWriter(BigrainException error) =>
        error.Code is ErrorCode.Fenced or ErrorCode.Unavailable or ErrorCode.Overloaded || error.InnerException is SimulatedCrashException;

    private static bool IsLogPoint(FaultPoint point) =>
        point.Operation is "create" or "replace" or "stat" || point.BlobName.EndsWith("/EPOCH", StringComparison.Ordinal);

    private static bool IsCommitPoint(FaultPoint point) => point.Operation is "create" or "replace";

    private static bool IsManifestRead(FaultPoint point) =>
        point.Operation is "read" or "stat" && point.BlobName.EndsWith("/MANIFEST", StringComparison.Ordinal);

    private static void Require(bool holds, FormattableString otherwise)
    {
        if (!holds)
        {
            throw new SimulationFailure(otherwise.ToString(CultureInfo.InvariantCulture));
        }
    }

    private FaultRates WriterRates() => _ending
        ? new FaultRates()
        : new FaultRates
        {
            Transient = 0.02,
            LostRequest = 0.03,
            LostReply = 0.05,
            LateWrite = 0.05,
            FalseConflict = 0.03,
            ConflictStorm = 0.01,
            BrokenListing = 0.005,
            StaleListing = 0.2,
        };

    private FaultRates SiloRates() => _ending
        ? new FaultRates()
        : new FaultRates
        {
            Transient = 0.004,
            LostRequest = 0.015,
            LostReply = 0.02,
            LateWrite = 0.02,
            FalseConflict = 0.01,
            ConflictStorm = 0.004,
            FlippedRead = 0.001,
            Full = 0.003,
        };

    private StreamKey KeyOf(int stream) => new(_head.Incarnation, stream);

    private void Note(FormattableString what) => _events.Add(string.Create(CultureInfo.InvariantCulture, $"{_time.Elapsed:c} {what.ToString(CultureInfo.InvariantCulture)}"));
}
