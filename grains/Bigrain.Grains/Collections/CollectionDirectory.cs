using System.Collections.Concurrent;
using Bigrain.Index.Blobs;
using Bigrain.Index.Catalog;
using Bigrain.Index.Errors;

namespace Bigrain.Grains.Collections;

/// <summary>The HEADs this silo knows, at most a second old; one that cannot be read again stays in use.</summary>
/// <remarks>Thread safe.</remarks>
/// <param name="catalog">Where HEADs are.</param>
/// <param name="time">Clock.</param>
public sealed class CollectionDirectory(CollectionCatalog catalog, TimeProvider time)
{
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(1);

    // A store that is away answers only after its retries: queries do not wait for that with a HEAD in hand.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Lazy<Task<CollectionSnapshot>>> _reading = new(StringComparer.Ordinal);

    /// <summary>Gives a collection's HEAD and the description of its current generation.</summary>
    /// <exception cref="BigrainException"><see cref="ErrorCode.NotFound"/>: no such collection; <see cref="ErrorCode.InvalidArgument"/>: not a name.</exception>
    public ValueTask<CollectionSnapshot> GetAsync(string name, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _entries.TryGetValue(name, out Entry? entry) && time.GetElapsedTime(entry.ReadAt) < MaxAge
            ? ValueTask.FromResult(entry.Known)
            : new ValueTask<CollectionSnapshot>(RefreshAsync(name, entry, cancellationToken));
    }

    /// <summary>Reads a HEAD again at its next use: it was changed here.</summary>
    public void Forget(string name) => _entries.TryRemove(name, out _);

    private async Task<CollectionSnapshot> RefreshAsync(string name, Entry? old, CancellationToken cancellationToken)
    {
        if (old is null)
        {
            return await ReadAsync(name, null, cancellationToken);
        }

        // One read for all who find it too old; it goes on when they have stopped waiting.
        Task<CollectionSnapshot> reading = _reading.GetOrAdd(
            name, _ => new Lazy<Task<CollectionSnapshot>>(() => Task.Run(() => ReadForAllAsync(name, old)))).Value;
        try
        {
            return await reading.WaitAsync(Patience, time, cancellationToken);
        }
        catch (Exception error) when (error is BlobStoreException or TimeoutException)
        {
            reading.Ignore();
            return old.Known;
        }
    }

    private async Task<CollectionSnapshot> ReadForAllAsync(string name, Entry old)
    {
        try
        {
            return await ReadAsync(name, old, CancellationToken.None);
        }
        finally
        {
            _reading.TryRemove(name, out _);
        }
    }

    private async Task<CollectionSnapshot> ReadAsync(string name, Entry? old, CancellationToken cancellationToken)
    {
        long readAt = time.GetTimestamp();
        CollectionHead? head = await catalog.ReadAsync(name, cancellationToken);
        if (head is null)
        {
            Forget(name);
            throw new BigrainException(ErrorCode.NotFound, $"there is no collection '{name}': create it first", "collection");
        }

        CollectionSnapshot known = old?.Known is { } before && before.Head == head
            ? before
            : new CollectionSnapshot(head, await catalog.ReadGenerationAsync(head.Incarnation, head.CurrentGeneration, cancellationToken));
        _entries[name] = new Entry(known, readAt);
        return known;
    }

    private sealed record Entry(CollectionSnapshot Known, long ReadAt);
}
