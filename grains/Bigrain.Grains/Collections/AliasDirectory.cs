using System.Collections.Concurrent;
using Bigrain.Index.Blobs;
using Bigrain.Index.Catalog;
using Bigrain.Index.Errors;
using Bigrain.Index.Schema;

namespace Bigrain.Grains.Collections;

/// <summary>The aliases this silo knows, a second old under traffic; one that cannot be read again stays in use.</summary>
/// <remarks>Thread safe. A name is looked up once per request, at its edge: everything behind works with the collection's own name, so no
/// request ever mixes two collections. The name of a collection costs nothing here: its HEAD is known already.</remarks>
/// <param name="aliases">Where aliases are.</param>
/// <param name="collections">Knows which names are collections.</param>
/// <param name="time">Clock.</param>
public sealed class AliasDirectory(AliasCatalog aliases, CollectionDirectory collections, TimeProvider time)
{
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentDictionary<string, Entry> _known = new(StringComparer.Ordinal);

    /// <summary>Gives the collection that a name stands for.</summary>
    /// <param name="name">Name of a collection or an alias.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The alias' collection; the name itself when it is no alias, whether such a collection exists or not.</returns>
    /// <exception cref="BigrainException"><see cref="ErrorCode.InvalidArgument"/>: not a name.</exception>
    public ValueTask<string> ResolveAsync(string name, CancellationToken cancellationToken)
    {
        Names.Validate(name, "collection");
        return _known.TryGetValue(name, out Entry? entry) && time.GetElapsedTime(entry.ReadAt) < MaxAge
            ? ValueTask.FromResult(entry.Collection)
            : new ValueTask<string>(ReadAsync(name, entry, cancellationToken));
    }

    /// <summary>Reads an alias again at its next use: it was changed here.</summary>
    public void Forget(string alias) => _known.TryRemove(alias, out _);

    private async Task<string> ReadAsync(string name, Entry? known, CancellationToken cancellationToken)
    {
        if (known is null && await IsCollectionAsync(name, cancellationToken))
        {
            return name;
        }

        long readAt = time.GetTimestamp();
        Task<CollectionAlias?> reading = aliases.ReadAsync(name, cancellationToken);
        CollectionAlias? alias;
        try
        {
            alias = known is null ? await reading : await reading.WaitAsync(Patience, time, cancellationToken);
        }
        catch (Exception error) when (known is not null && error is TimeoutException or BlobStoreException)
        {
            reading.Ignore();
            return known!.Collection;
        }

        if (alias is null)
        {
            _known.TryRemove(name, out _);
            return name;
        }

        _known[name] = new Entry(alias.Collection, readAt);
        return alias.Collection;
    }

    private async ValueTask<bool> IsCollectionAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return await collections.GetAsync(name, cancellationToken) is not null;
        }
        catch (BigrainException error) when (error.Code == ErrorCode.NotFound)
        {
            return false;
        }
    }

    private sealed record Entry(string Collection, long ReadAt);
}
