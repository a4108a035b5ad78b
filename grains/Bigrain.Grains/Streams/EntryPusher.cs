using System.Runtime.InteropServices;
using System.Threading.Channels;
using Bigrain.Contracts;
using Bigrain.Grains.Collections;
using Bigrain.Grains.Faults;
using Bigrain.Index.Log;
using Bigrain.Index.Routing;
using Microsoft.Extensions.Logging;

namespace Bigrain.Grains.Streams;

/// <summary>Passes the committed entries of one stream on, in order, to the partitions that follow it.</summary>
/// <remarks>Best effort: the log is the truth, and a partition that missed an entry reads it there. It only must not be late.</remarks>
internal sealed partial class EntryPusher : IAsyncDisposable
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan OverfullPoll = TimeSpan.FromMilliseconds(200);

    private readonly StreamKey _stream;
    private readonly IGrainFactory _grains;
    private readonly CollectionDirectory _directory;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Channel<LogEntry> _entries = Channel.CreateUnbounded<LogEntry>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Task _loop;
    private volatile string? _collection;
    private long _queuedBytes;
    private volatile bool _overfull;

    public EntryPusher(StreamKey stream, IGrainFactory grains, CollectionDirectory directory, TimeProvider time, ILogger logger)
    {
        _stream = stream;
        _grains = grains;
        _directory = directory;
        _time = time;
        _logger = logger;
        _loop = RunAsync();
    }

    /// <summary>Bytes of entries that wait to be passed on.</summary>
    public long QueuedBytes => Interlocked.Read(ref _queuedBytes);

    /// <summary>Whether a partition's tail is too far behind its freezes.</summary>
    public bool Overfull => _overfull;

    /// <summary>Takes an entry; returns at once.</summary>
    public void Add(LogEntry entry)
    {
        Interlocked.Add(ref _queuedBytes, entry.Bytes.Length);
        _entries.Writer.TryWrite(entry);
    }

    /// <summary>Names the collection whose HEAD says which partitions follow.</summary>
    public void Follow(string collection) => _collection = collection;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        await foreach (LogEntry entry in _entries.Reader.ReadAllAsync(_stopping.Token))
        {
            try
            {
                await PushAsync(entry);
            }
            finally
            {
                Interlocked.Add(ref _queuedBytes, -entry.Bytes.Length);
            }
        }
    }

    private async Task PushAsync(LogEntry entry)
    {
        if (_collection is not { } collection || entry.IsFence)
        {
            return;
        }

        var bytes = new PackedBytes(BytesOf(entry));
        while (true)
        {
            try
            {
                CollectionSnapshot known = await _directory.GetAsync(collection, _stopping.Token);
                if (known.Head.Incarnation != _stream.Incarnation)
                {
                    return;
                }

                ICoarsePartitionGrain[] followers = FollowersOf(known);
                bool[] overfull = await Task.WhenAll(followers.Select(follower => PushAsync(follower, collection, entry, bytes)));
                await HoldBackAsync(followers, Array.Exists(overfull, full => full));
                return;
            }
            catch (Exception error) when (FaultTranslation.FromFault(error).Code is ErrorCode.NotFound)
            {
                LogNotPushed(_logger, error, _stream, entry.Sequence);
                return;
            }
            catch (Exception error) when (!_stopping.IsCancellationRequested)
            {
                LogPushFailed(_logger, error, _stream, entry.Sequence);
                await Task.Delay(RetryAfter, _time, _stopping.Token);
            }
        }
    }

    /// <summary>Passes an entry to one follower, whatever becomes of the others.</summary>
    /// <returns>Whether its tail is overfull.</returns>
    private async Task<bool> PushAsync(ICoarsePartitionGrain follower, string collection, LogEntry entry, PackedBytes bytes)
    {
        while (true)
        {
            try
            {
                return await follower.PushAsync(collection, _stream.Stream, entry.Sequence, bytes, _stopping.Token);
            }
            catch (Exception error) when (FaultTranslation.FromFault(error).Code is ErrorCode.NotFound or ErrorCode.DataCorrupt)
            {
                // Dropped, or damaged: pushing again mends neither, and the log keeps the entry for whoever loads the partition.
                LogNotPushed(_logger, error, _stream, entry.Sequence);
                return false;
            }
            catch (Exception error) when (!_stopping.IsCancellationRequested)
            {
                LogPushFailed(_logger, error, _stream, entry.Sequence);
                await Task.Delay(RetryAfter, _time, _stopping.Token);
            }
        }
    }

    /// <summary>Holds writers back until every tail has room again.</summary>
    private async Task HoldBackAsync(ICoarsePartitionGrain[] followers, bool overfull)
    {
        _overfull = overfull;
        while (overfull)
        {
            await Task.Delay(OverfullPoll, _time, _stopping.Token);
            overfull = Array.Exists(
                await Task.WhenAll(followers.Select(follower => follower.IsOverfullAsync(_stopping.Token))), full => full);
        }

        _overfull = false;
    }

    private ICoarsePartitionGrain[] FollowersOf(CollectionSnapshot known)
    {
        var router = new HashRouter(known.Generation.PartitionCount);
        int streamCount = known.Head.Schema.StreamCount;
        return
        [
            .. Enumerable.Range(0, known.Generation.PartitionCount)
                .Where(partition => router.Follows(partition, _stream.Stream, streamCount))
                .Select(partition => _grains.GetGrain<ICoarsePartitionGrain>(known.ReplicaOf(partition, replica: 0))),
        ];
    }

    private static byte[] BytesOf(LogEntry entry) =>
        MemoryMarshal.TryGetArray(entry.Bytes, out ArraySegment<byte> segment) && segment.Count == segment.Array!.Length
            ? segment.Array
            : entry.Bytes.ToArray();
}
