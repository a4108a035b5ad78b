using System.Runtime.CompilerServices;
using Bigrain.Index.Blobs;
using Bigrain.TestKit.Randomness;

namespace Bigrain.TestKit.Blobs;

/// <summary>A store as one process sees it when the network and the process fail; all faults follow from one seed.</summary>
/// <remarks>One instance is the view of one process: after a crash every call on it fails, and a restart is a new instance over the same
/// inner store. Over a <see cref="MemoryBlobStore"/> all calls complete synchronously unless <see cref="OnPoint"/> waits, so a
/// single-threaded run is deterministic. Not thread safe. Writes that are still late when the process crashes are either dropped or done,
/// by the seed.</remarks>
public sealed class FaultyBlobStore(IBlobStore inner, SeededRandom random, FaultRates rates) : IBlobStore
{
    private readonly List<Func<ValueTask>> _late = [];
    private FaultPoint? _crash;
    private long _pointCount;
    private int _stormLeft;

    /// <summary>How often each fault strikes; may change during a run.</summary>
    public FaultRates Rates { get; set; } = rates;

    /// <summary>The process dies at the point of this number; 0 never.</summary>
    public long CrashAtPoint { get; set; }

    /// <summary>Called at every point, before its faults: a simulation may wait there (to let others run) or throw.</summary>
    public Func<FaultPoint, ValueTask>? OnPoint { get; set; }

    /// <summary>Points passed so far: a run without faults tells how many crash points there are.</summary>
    public long PointCount => _pointCount;

    /// <summary>Faults that struck, in order, for the message of a failed run.</summary>
    public List<string> History { get; } = [];

    /// <summary>Whether the process died.</summary>
    public bool IsCrashed => _crash is not null;

    /// <summary>Late writes not yet done.</summary>
    public int LateWriteCount => _late.Count;

    /// <summary>Kills the process now: every further call fails.</summary>
    public async ValueTask CrashAsync()
    {
        _crash ??= new FaultPoint(_pointCount, "kill", string.Empty, IsAfter: false);
        foreach (Func<ValueTask> write in _late.Where(_ => random.Chance(0.5)).ToArray())
        {
            await write();
        }

        _late.Clear();
    }

    /// <summary>Does all late writes now, in the order the seed gives.</summary>
    public async ValueTask SettleAsync()
    {
        while (_late.Count > 0)
        {
            await DoLateAsync(random.Next(_late.Count));
        }
    }

    public ValueTask<BlobContent?> ReadAsync(string name, CancellationToken cancellationToken) =>
        RunAsync("read", name, isWrite: false, async () =>
        {
            BlobContent? content = await inner.ReadAsync(name, cancellationToken);
            return content is null ? null : content with { Bytes = MayFlip(name, content.Bytes.ToArray()) };
        });

    public ValueTask<int?> ReadRangeAsync(string name, long offset, Memory<byte> destination, CancellationToken cancellationToken) =>
        RunAsync("range", name, isWrite: false, async () =>
        {
            int? count = await inner.ReadRangeAsync(name, offset, destination, cancellationToken);
            MayFlip(name, destination.Span[..(count ?? 0)]);
            return count;
        });

    public ValueTask<BlobProperties?> GetPropertiesAsync(string name, CancellationToken cancellationToken) =>
        RunAsync("stat", name, isWrite: false, () => inner.GetPropertiesAsync(name, cancellationToken));

    public ValueTask<BlobTag?> CreateAsync(string name, Stream content, CancellationToken cancellationToken)
    {
        // A late write must not read the caller's stream after the call.
        byte[] bytes = new byte[content.Length - content.Position];
        content.ReadExactly(bytes);
        return RunAsync("create", name, isWrite: true, () => inner.CreateAsync(name, bytes, cancellationToken));
    }

    public ValueTask<BlobTag?> CopyAsync(string from, string to, CancellationToken cancellationToken) =>
        RunAsync("copy", to, isWrite: true, () => inner.CopyAsync(from, to, cancellationToken));

    public ValueTask<BlobTag?> ReplaceAsync(
        string name, BlobTag expected, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        byte[] bytes = content.ToArray();
        return RunAsync("replace", name, isWrite: true, () => inner.ReplaceAsync(name, expected, bytes, cancellationToken));
    }

    public ValueTask<bool> DeleteAsync(string name, BlobTag? expected, CancellationToken cancellationToken) =>
        RunAsync("delete", name, isWrite: true, () => inner.DeleteAsync(name, expected, cancellationToken));

    public async IAsyncEnumerable<BlobEntry> ListAsync(
        string prefix, string? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await PassAsync("list", prefix, isAfter: false);
        int unseen = random.Chance(Rates.StaleListing) ? 1 + random.Next(3) : 0;
        var held = new Queue<BlobEntry>();
        await foreach (BlobEntry next in inner.ListAsync(prefix, after, cancellationToken))
        {
            held.Enqueue(next);
            if (held.Count <= unseen)
            {
                continue;
            }

            BlobEntry entry = held.Dequeue();
            if (random.Chance(Rates.BrokenListing))
            {
                throw Fault("list", prefix, BlobFailure.Transient, "broken off");
            }

            yield return entry;
        }

        await PassAsync("list", prefix, isAfter: true);
    }

    private async ValueTask<T> RunAsync<T>(string operation, string name, bool isWrite, Func<ValueTask<T>> run)
    {
        await PassAsync(operation, name, isAfter: false);
        if (random.Chance(Rates.Transient))
        {
            throw Fault(operation, name, BlobFailure.Transient, "not sent");
        }

        bool isFalseConflict = false;
        if (isWrite)
        {
            await FailWriteAsync(operation, name, async () => await run());
            isFalseConflict = operation is not "delete" && random.Chance(Rates.FalseConflict);
            if (IsInStorm(operation, name))
            {
                return default!;
            }
        }

        T result = await run();
        await PassAsync(operation, name, isAfter: true);
        if (isFalseConflict)
        {
            History.Add($"{_pointCount}: {operation} '{name}': done, answered as a conflict");
            return default!;
        }

        return result;
    }

    private async ValueTask FailWriteAsync(string operation, string name, Func<Task> run)
    {
        // Always the same number of draws per write, so that one rate can change without moving the other faults.
        bool isFull = random.Chance(Rates.Full), isLost = random.Chance(Rates.LostRequest);
        bool isLostReply = random.Chance(Rates.LostReply), isLate = random.Chance(Rates.LateWrite);
        if (isFull && operation is not "delete")
        {
            throw Fault(operation, name, BlobFailure.Full, "full");
        }

        if (isLost)
        {
            throw Fault(operation, name, BlobFailure.OutcomeUnknown, "request lost");
        }

        if (isLostReply)
        {
            await run();
            await PassAsync(operation, name, isAfter: true);
            throw Fault(operation, name, BlobFailure.OutcomeUnknown, "reply lost");
        }

        if (isLate)
        {
            _late.Add(async () =>
            {
                try
                {
                    await run();
                }
                catch (OperationCanceledException)
                {
                    // Its sender gave up before it arrived.
                }
            });
            throw Fault(operation, name, BlobFailure.OutcomeUnknown, "late");
        }
    }

    private bool IsInStorm(string operation, string name)
    {
        bool begins = random.Chance(Rates.ConflictStorm);
        if (operation is not "replace")
        {
            return false;
        }

        if (begins)
        {
            _stormLeft = 2 + random.Next(6);
        }

        if (_stormLeft == 0 || Rates.ConflictStorm == 0)
        {
            return false;
        }

        _stormLeft--;
        History.Add($"{_pointCount}: {operation} '{name}': answered as a conflict");
        return true;
    }

    private async ValueTask PassAsync(string operation, string name, bool isAfter)
    {
        ThrowIfCrashed();
        var point = new FaultPoint(++_pointCount, operation, name, isAfter);
        if (_late.Count > 0 && random.Chance(0.3))
        {
            await DoLateAsync(random.Next(_late.Count));
        }

        if (OnPoint is { } onPoint)
        {
            await onPoint(point);
            ThrowIfCrashed();
        }

        if (point.Number == CrashAtPoint)
        {
            _crash = point;
            await CrashAsync();
            throw new SimulatedCrashException(point);
        }
    }

    private async ValueTask DoLateAsync(int index)
    {
        Func<ValueTask> write = _late[index];
        _late.RemoveAt(index);
        await write();
    }

    private void ThrowIfCrashed()
    {
        if (_crash is not null)
        {
            throw new SimulatedCrashException(_crash);
        }
    }

    private byte[] MayFlip(string name, byte[] bytes)
    {
        MayFlip(name, bytes.AsSpan());
        return bytes;
    }

    private void MayFlip(string name, Span<byte> bytes)
    {
        if (random.Chance(Rates.FlippedRead) && bytes.Length > 0)
        {
            int bit = random.Next(bytes.Length * 8);
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            History.Add($"{_pointCount}: read '{name}': bit {bit} flipped");
        }
    }

    private BlobStoreException Fault(string operation, string name, BlobFailure failure, string what)
    {
        History.Add($"{_pointCount}: {operation} '{name}': {what}");
        return new BlobStoreException(operation, name, failure, new IOException($"simulated: {what}"));
    }
}
