using System.Runtime.InteropServices;
using System.Threading.Channels;
using Bigrain.Contracts;
using Bigrain.Contracts.Replicas;
using Bigrain.Index.Log;
using Microsoft.Extensions.Logging;

namespace Bigrain.Grains.Streams;

/// <summary>Passes the entries and heartbeats of one stream on to one silo, in order.</summary>
/// <remarks>Best effort: a silo that is slow or gone delays nobody. What does not get through is dropped; the silo sees the gap in the
/// next entry or heartbeat and reads the log. Belongs to one writer's scheduler.</remarks>
internal sealed partial class SiloLane : IAsyncDisposable
{
    private const long MaxQueuedBytes = 32 * 1024 * 1024;
    private static readonly TimeSpan HeartbeatPeriod = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan OverfullPeriod = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan StalledAfter = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(3);

    private readonly string _silo;
    private readonly IReplicaHostGrain _replicas;
    private readonly ILaneSource _source;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Channel<LogEntry> _entries = Channel.CreateUnbounded<LogEntry>(new UnboundedChannelOptions { SingleReader = true });
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _loop;
    private long _queuedBytes;
    private long _answeredAt;
    private volatile bool _overfull;
    private bool _reachable = true;

    public SiloLane(string silo, IReplicaHostGrain replicas, ILaneSource source, TimeProvider time, ILogger logger)
    {
        _silo = silo;
        _replicas = replicas;
        _source = source;
        _time = time;
        _logger = logger;
        _answeredAt = time.GetTimestamp();
        _loop = RunAsync();
    }

    /// <summary>Whether writers should wait: a tail there is overfull, or too much waits for a silo that does answer.</summary>
    public bool HoldsBack => !IsStalled && (_overfull || Interlocked.Read(ref _queuedBytes) > MaxQueuedBytes);

    private bool IsStalled => _time.GetElapsedTime(Interlocked.Read(ref _answeredAt)) > HeartbeatPeriod + StalledAfter;

    /// <summary>Takes an entry; returns at once.</summary>
    public void Add(LogEntry entry)
    {
        if (IsStalled && Interlocked.Read(ref _queuedBytes) > MaxQueuedBytes / 4)
        {
            return;
        }

        Interlocked.Add(ref _queuedBytes, entry.Bytes.Length);
        _entries.Writer.TryWrite(entry);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        long beatAt = _time.GetTimestamp();
        while (!_stopping.IsCancellationRequested)
        {
            TimeSpan period = _overfull ? OverfullPeriod : HeartbeatPeriod;
            TimeSpan untilBeat = period - _time.GetElapsedTime(beatAt);
            if (untilBeat <= TimeSpan.Zero)
            {
                beatAt = _time.GetTimestamp();
                await TryAsync(BeatAsync);
            }
            else if (_entries.Reader.TryRead(out LogEntry? entry))
            {
                Interlocked.Add(ref _queuedBytes, -entry.Bytes.Length);
                await TryAsync(token => PushAsync(entry, token));
            }
            else
            {
                await WaitForEntryAsync(untilBeat);
            }
        }
    }

    private async Task WaitForEntryAsync(TimeSpan most)
    {
        using var woken = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        await Task.WhenAny(_entries.Reader.WaitToReadAsync(woken.Token).AsTask(), Task.Delay(most, _time, woken.Token));
        await woken.CancelAsync();
    }

    /// <summary>Makes a call; one that fails drops what waits, as the silo reads the log when it can be reached again.</summary>
    private async Task TryAsync(Func<CancellationToken, Task> call)
    {
        using var deadline = new CancellationTokenSource(CallTimeout, _time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token, deadline.Token);
        try
        {
            await call(linked.Token).WaitAsync(linked.Token);
            Interlocked.Exchange(ref _answeredAt, _time.GetTimestamp());
            _reachable = true;
        }
#pragma warning disable CA1031 // best effort: whatever the call threw, the log has the entry
        catch (Exception error) when (!_stopping.IsCancellationRequested)
#pragma warning restore CA1031
        {
            _overfull = false;
            Drop();
            if (_reachable)
            {
                LogUnreachable(_logger, error, _silo, _source.Stream);
            }

            _reachable = false;
        }
    }

    private async Task PushAsync(LogEntry entry, CancellationToken cancellationToken)
    {
        if (await _source.AddressAsync(_silo, cancellationToken) is { } address)
        {
            _overfull = await _replicas.PushAsync(
                new EntryPush(
                    address.Collection, _source.Stream.Incarnation.Value, address.Generation, address.Partitions, entry.Stream, entry.Sequence, BytesOf(entry))
                {
                    Others = address.Others,
                },
                cancellationToken);
        }
    }

    private async Task BeatAsync(CancellationToken cancellationToken)
    {
        if (_source.Position is { } position && await _source.AddressAsync(_silo, cancellationToken) is { } address)
        {
            _overfull = await _replicas.HeartbeatAsync(
                new WriterHeartbeat(
                    address.Collection,
                    _source.Stream.Incarnation.Value,
                    address.Generation,
                    address.Partitions,
                    _source.Stream.Stream,
                    position.Epoch,
                    position.LastSequence)
                {
                    Others = address.Others,
                },
                cancellationToken);
        }
    }

    private void Drop()
    {
        while (_entries.Reader.TryRead(out LogEntry? entry))
        {
            Interlocked.Add(ref _queuedBytes, -entry.Bytes.Length);
        }
    }

    private static byte[] BytesOf(LogEntry entry) =>
        MemoryMarshal.TryGetArray(entry.Bytes, out ArraySegment<byte> segment) && segment.Count == segment.Array!.Length
            ? segment.Array
            : entry.Bytes.ToArray();
}
