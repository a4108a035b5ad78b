using Bigrain.Contracts.Partitions;
using Bigrain.Index.Partitions;

namespace Bigrain.Grains.Partitions;

/// <summary>Background state of one partition; one lock guards loads and maintenance.</summary>
#pragma warning disable CA1001 // a source without a timer has nothing to dispose, and what is linked to it unlinks itself
internal sealed class KeptPartition(string collection, PartitionKey key)
#pragma warning restore CA1001
{
    private readonly CancellationTokenSource _closing = new();
    private long _lastUsed;
    private long _failedAt;
    private long _followedAt;

    /// <summary>Name of the collection.</summary>
    public string Collection { get; } = collection;

    /// <summary>The partition.</summary>
    public PartitionKey Key { get; } = key;

    /// <summary>Replicas that the collection asks for; 0 until its HEAD was read.</summary>
    public int ReplicaCount { get; set; }

    /// <summary>How far it is from answering.</summary>
    public PartitionReadiness Readiness => Loading switch
    {
        null => PartitionReadiness.Unloaded,
        { IsCompletedSuccessfully: true } => Loaded is null ? PartitionReadiness.Unloaded : PartitionReadiness.Ready,
        { IsCompleted: true } => PartitionReadiness.Failed,
        _ => PartitionReadiness.Loading,
    };

    /// <summary>Guards loads and maintenance.</summary>
    public Lock Gate { get; } = new();

    /// <summary>The load, running or ended; null before the first.</summary>
    public Task<Partition>? Loading { get; set; }

    /// <summary>The partition, once it is loaded and until it is closed.</summary>
    public Partition? Loaded => Loading is { IsCompletedSuccessfully: true } loading && !loading.Result.IsClosing ? loading.Result : null;

    /// <summary>The maintenance run, running or ended.</summary>
    public Task? Maintenance { get; set; }

    /// <summary>Freezes that are due, running or ended; beside <see cref="Maintenance"/>, which may merge for minutes.</summary>
    public Task? Freezes { get; set; }

    /// <summary>Cancelled when it is closed: what runs for it ends, what waits does not begin.</summary>
    public CancellationToken Closing => _closing.Token;

    /// <summary>Whether something came in since the maintenance run looked last.</summary>
    public bool MaintenanceWanted { get; set; }

    /// <summary>Timestamp of the last use.</summary>
    public long LastUsed
    {
        get => Volatile.Read(ref _lastUsed);
        set => Volatile.Write(ref _lastUsed, value);
    }

    /// <summary>Takes in a use that happened at a moment, here or on another silo.</summary>
    public void NoteUse(long timestamp)
    {
        long last = LastUsed;
        while (timestamp > last)
        {
            long seen = Interlocked.CompareExchange(ref _lastUsed, timestamp, last);
            if (seen == last)
            {
                return;
            }

            last = seen;
        }
    }

    /// <summary>Timestamp of the last failed load.</summary>
    public long FailedAt
    {
        get => Volatile.Read(ref _failedAt);
        set => Volatile.Write(ref _failedAt, value);
    }

    /// <summary>Timestamp of the last look at another silo's manifest.</summary>
    public long FollowedAt
    {
        get => Volatile.Read(ref _followedAt);
        set => Volatile.Write(ref _followedAt, value);
    }

    /// <summary>Whether a load must begin: none did, the last one failed long enough ago, or what it gave was closed.</summary>
    public bool NeedsLoad(bool mayRetry) =>
        Loading is null || (Loading.IsFaulted && mayRetry) || (Loading.IsCompletedSuccessfully && Loading.Result.IsClosing);

    /// <summary>Ends its maintenance.</summary>
    public Task StopAsync() => _closing.CancelAsync();

    /// <summary>Looks for one more freeze; false when none is due, and the run then ends.</summary>
    public bool TakeFreeze(Func<bool> isDue)
    {
        lock (Gate)
        {
            // Under the lock: what becomes due after this look finds no run and starts one.
            bool due = isDue();
            if (!due)
            {
                Freezes = null;
            }

            return due;
        }
    }

    /// <summary>Takes the wish for maintenance; false when there is none, and the run then ends.</summary>
    public bool TakeMaintenance()
    {
        lock (Gate)
        {
            bool wanted = MaintenanceWanted;
            MaintenanceWanted = false;
            if (!wanted)
            {
                Maintenance = null;
            }

            return wanted;
        }
    }
}
