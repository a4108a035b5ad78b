using System.Runtime.CompilerServices;
using Bigrain.Index.Blobs;
using Bigrain.Index.Errors;
using Bigrain.Index.Formats;
using Bigrain.Index.Partitions;
using Bigrain.Index.Schema;

namespace Bigrain.Index.Catalog;

/// <summary>Makes, moves, reads and removes aliases: one compare-and-swap on one blob each.</summary>
/// <remarks>
/// <para>Aliases and collections share their names. Who makes either looks for the other before it writes and again after that, and takes
/// its own back when both are there; should both survive a crash, the collection is what the name means.</para>
/// <para>Thread safe; any number of processes may work on one store.</para>
/// </remarks>
/// <param name="store">Where aliases are.</param>
/// <param name="time">Clock.</param>
public sealed class AliasCatalog(IBlobStore store, TimeProvider time)
{
    private readonly SettledWrites _writes = new(store, time);

    /// <summary>Reads an alias.</summary>
    /// <returns>The alias, or null when there is none of that name.</returns>
    /// <exception cref="BigrainException"><see cref="ErrorCode.InvalidArgument"/>: not a name.</exception>
    public async Task<CollectionAlias?> ReadAsync(string alias, CancellationToken cancellationToken)
    {
        Names.Validate(alias, "alias");
        string blob = DataPaths.Alias(alias);
        BlobContent? content = await store.ReadAsync(blob, cancellationToken);
        return content is null ? null : Parse(blob, content);
    }

    /// <summary>Makes an alias stand for a collection, whatever it stood for.</summary>
    /// <param name="alias">The alias.</param>
    /// <param name="collection">A collection that exists.</param>
    /// <param name="expected">The collection it must stand for until now; empty: there must be no such alias; null: no matter.</param>
    /// <param name="cancellationToken">Gives up; the outcome is then unknown, and doing it again settles it.</param>
    /// <returns>The alias, and whether it is new.</returns>
    /// <exception cref="BigrainException"><see cref="ErrorCode.InvalidArgument"/>: not a name; <see cref="ErrorCode.NotFound"/>: no such collection;
    /// <see cref="ErrorCode.Conflict"/>: a collection has the alias' name, or the alias stands for another one than expected.</exception>
    public async Task<(CollectionAlias Alias, bool Created)> PutAsync(
        string alias, string collection, string? expected, CancellationToken cancellationToken)
    {
        Names.Validate(alias, "alias");
        Names.Validate(collection, "collection");
        if (!await ExistsAsync(DataPaths.Head(collection), cancellationToken))
        {
            throw await ExistsAsync(DataPaths.Alias(collection), cancellationToken)
                ? new BigrainException(ErrorCode.InvalidArgument, $"'{collection}' is an alias itself: name a collection", "collection")
                : new BigrainException(ErrorCode.NotFound, $"there is no collection '{collection}': create it first", "collection");
        }

        await RequireNoCollectionAsync(alias, cancellationToken);
        string blob = DataPaths.Alias(alias);
        while (true)
        {
            BlobContent? content = await store.ReadAsync(blob, cancellationToken);
            CollectionAlias? before = content is null ? null : Parse(blob, content);
            if (expected is not null && (before?.Collection ?? string.Empty) != expected)
            {
                throw new BigrainException(
                    ErrorCode.Conflict,
                    before is null ? $"there is no alias '{alias}' yet" : $"alias '{alias}' stands for '{before.Collection}' by now: look again, then decide",
                    "ifCollection");
            }

            if (before?.Collection == collection)
            {
                return (before, false);
            }

            var next = new CollectionAlias(alias, collection, time.GetUtcNow());
            byte[] bytes = FormatJson.Write(BlobKind.Alias, next, FormatJson.Default.CollectionAlias);
            SettledWrite written = content is null
                ? await _writes.CreateAsync(blob, bytes, cancellationToken)
                : await _writes.ReplaceAsync(blob, content.Tag, bytes, cancellationToken);
            if (written.Tag is { } tag)
            {
                if (content is null)
                {
                    await TakeBackIfTakenAsync(alias, tag, cancellationToken);
                }

                return (next, content is null);
            }
        }
    }

    /// <summary>Removes an alias; the collection stays.</summary>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="BigrainException"><see cref="ErrorCode.Conflict"/>: it changed in that moment.</exception>
    public async Task<bool> DeleteAsync(string alias, CancellationToken cancellationToken)
    {
        Names.Validate(alias, "alias");
        string blob = DataPaths.Alias(alias);
        if (await store.GetPropertiesAsync(blob, cancellationToken) is not { } present)
        {
            return false;
        }

        return await _writes.DeleteAsync(blob, present.Tag, cancellationToken)
            ? true
            : throw new BigrainException(ErrorCode.Conflict, $"alias '{alias}' changed while it was deleted, try again", "alias");
    }

    /// <summary>Lists all aliases, in ordinal order of their names.</summary>
    public async IAsyncEnumerable<CollectionAlias> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (BlobEntry entry in store.ListAsync(DataPaths.Aliases, null, cancellationToken))
        {
            if (await store.ReadAsync(entry.Name, cancellationToken) is { } content)
            {
                yield return Parse(entry.Name, content);
            }
        }
    }

    /// <summary>Refuses a name for a collection that an alias has.</summary>
    /// <exception cref="BigrainException"><see cref="ErrorCode.Conflict"/>.</exception>
    internal async Task RequireNoAliasAsync(string name, CancellationToken cancellationToken)
    {
        if (await ExistsAsync(DataPaths.Alias(name), cancellationToken))
        {
            throw new BigrainException(ErrorCode.Conflict, $"'{name}' is an alias: delete the alias first, or use another name", "name");
        }
    }

    private static CollectionAlias Parse(string blob, BlobContent content)
    {
        CollectionAlias alias = FormatJson.Read(BlobKind.Alias, blob, content.Bytes, FormatJson.Default.CollectionAlias);
        return DataPaths.Alias(alias.Alias) == blob
            ? alias
            : throw new CorruptBlobException(blob, BlobEnvelope.HeaderBytes, "the alias of this name", $"that of '{alias.Alias}'");
    }

    private async Task RequireNoCollectionAsync(string alias, CancellationToken cancellationToken)
    {
        if (await ExistsAsync(DataPaths.Head(alias), cancellationToken))
        {
            throw new BigrainException(ErrorCode.Conflict, $"'{alias}' is a collection: use another name for the alias", "alias");
        }
    }

    // A collection of that name may have come to be since we looked; it will look, too, and perhaps both give way.
    private async Task TakeBackIfTakenAsync(string alias, BlobTag mine, CancellationToken cancellationToken)
    {
        try
        {
            await RequireNoCollectionAsync(alias, cancellationToken);
        }
        catch (BigrainException)
        {
            await _writes.DeleteAsync(DataPaths.Alias(alias), mine, cancellationToken);
            throw;
        }
    }

    private async Task<bool> ExistsAsync(string blob, CancellationToken cancellationToken) =>
        await store.GetPropertiesAsync(blob, cancellationToken) is not null;
}
