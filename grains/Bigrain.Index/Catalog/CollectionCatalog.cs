using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Bigrain.Index.Blobs;
using Bigrain.Index.Errors;
using Bigrain.Index.Formats;
using Bigrain.Index.Partitions;
using Bigrain.Index.Randomness;
using Bigrain.Index.Schema;

namespace Bigrain.Index.Catalog;

/// <summary>Makes, reads and drops collections: HEAD is the only commit point of all three.</summary>
/// <remarks>Thread safe; any number of processes may work on one store. Failures of the store come out as
/// <see cref="BlobStoreException"/>, damaged blobs as <see cref="CorruptBlobException"/>.</remarks>
/// <param name="store">Where collections are.</param>
/// <param name="time">Clock.</param>
/// <param name="random">Source of incarnations and seeds.</param>
public sealed class CollectionCatalog(IBlobStore store, TimeProvider time, IRandomSource random)
{
    /// <summary>Version of this reader; a HEAD that asks for more is refused. 2 knows generations with homes, dense types and learned
    /// tables of their own, 3 those of trained models.</summary>
    public const int ReaderVersion = 3;

    private const int FirstReaderVersion = 1;

    private const string HeadSuffix = "/HEAD";

    private readonly SettledWrites _writes = new(store, time);
    private readonly AliasCatalog _aliases = new(store, time);

    /// <summary>Makes a collection unless there is one of that name.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="schema">Its schema.</param>
    /// <param name="cancellationToken">Gives up; the outcome is then unknown, and doing it again settles it.</param>
    /// <returns>The HEAD and whether it was made now; an existing one has the identical schema.</returns>
    /// <exception cref="BigrainException"><see cref="ErrorCode.InvalidArgument"/>: name or schema break a limit;
    /// <see cref="ErrorCode.Conflict"/>: there is one with another schema.</exception>
    /// <remarks>GENERATION of generation 1 is written first, under an incarnation nobody else can know; then HEAD. If HEAD
    /// loses, the other blob is unreachable garbage. At last GENERATION is written again, so that garbage collection, which may
    /// have taken it for one whose maker gave up, loses.</remarks>
    public async Task<(CollectionHead Head, bool Created)> CreateAsync(string name, CollectionSchema schema, CancellationToken cancellationToken)
    {
        Names.Validate(name, "name");
        SchemaRules.Validate(schema);
        if (await ReadAsync(name, cancellationToken) is { } existing && await IsWholeAsync(SameSchema(existing, schema), cancellationToken))
        {
            return (existing, false);
        }

        await _aliases.RequireNoAliasAsync(name, cancellationToken);
        CollectionIncarnation incarnation = CollectionIncarnation.Create(random);
        DateTimeOffset now = time.GetUtcNow();
        var generation = new GenerationRecord(
            1,
            schema.PartitionCount,
            random.NextUInt64(),
            [.. schema.Representations.Select(r => new GenerationRepresentation(r.Name, r.Codec))],
            now);
        await WriteGenerationAsync(incarnation, generation, cancellationToken);

        var head = new CollectionHead(name, incarnation, schema, 1, null, null, FirstReaderVersion, now);
        byte[] headBlob = FormatJson.Write(BlobKind.Head, head, FormatJson.Default.CollectionHead);
        SettledWrite written = await _writes.CreateAsync(DataPaths.Head(name), headBlob, cancellationToken);
        if (written.Tag is { } tag)
        {
            await RenewGenerationAsync(incarnation, generation, cancellationToken);
            await TakeBackIfAliasAsync(name, tag, cancellationToken);
            return (head, true);
        }

        return written.Found is { } found
            ? (SameSchema(Parse(DataPaths.Head(name), found), schema), false)
            : throw new BigrainException(ErrorCode.Conflict, $"collection '{name}' was made and dropped meanwhile, try again", "name");
    }

    /// <summary>Reads a HEAD.</summary>
    /// <returns>The HEAD, or null when there is no such collection.</returns>
    /// <exception cref="BigrainException"><see cref="ErrorCode.InvalidArgument"/>: not a name;
    /// <see cref="ErrorCode.Unavailable"/>: made by a newer release.</exception>
    public async Task<CollectionHead?> ReadAsync(string name, CancellationToken cancellationToken)
    {
        Names.Validate(name, "name");
        string blob = DataPaths.Head(name);
        BlobContent? content = await store.ReadAsync(blob, cancellationToken);
        return content is null ? null : Parse(blob, content);
    }

    /// <summary>Reads the description of a generation that a HEAD names.</summary>
    /// <exception cref="CorruptBlobException">It is damaged or missing.</exception>
    public async Task<GenerationRecord> ReadGenerationAsync(CollectionIncarnation incarnation, int generation, CancellationToken cancellationToken) =>
        await FindGenerationAsync(incarnation, generation, cancellationToken)
            ?? throw new CorruptBlobException(DataPaths.Generation(incarnation, generation), 0, "a generation that HEAD names", "no blob");

    /// <summary>Reads the description of a generation that HEAD may not name yet.</summary>
    /// <returns>The description, or null when there is none.</returns>
    /// <exception cref="CorruptBlobException">It is damaged.</exception>
    public async Task<GenerationRecord?> FindGenerationAsync(CollectionIncarnation incarnation, int generation, CancellationToken cancellationToken)
    {
        string blob = DataPaths.Generation(incarnation, generation);
        BlobContent? content = await store.ReadAsync(blob, cancellationToken);
        if (content is null)
        {
            return null;
        }

        GenerationRecord record = FormatJson.Read(BlobKind.Generation, blob, content.Bytes, FormatJson.Default.GenerationRecord);
        return record.Generation == generation
            ? record
            : throw new CorruptBlobException(
                blob, BlobEnvelope.HeaderBytes, FormattableString.Invariant($"generation {generation}"), FormattableString.Invariant($"{record.Generation}"));
    }

    /// <summary>Describes a generation before HEAD names it; doing it again with the same record changes nothing.</summary>
    /// <exception cref="BigrainException"><see cref="ErrorCode.Conflict"/>: another record stands there.</exception>
    public async Task WriteGenerationAsync(CollectionIncarnation incarnation, GenerationRecord generation, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(generation);
        byte[] blob = FormatJson.Write(BlobKind.Generation, generation, FormatJson.Default.GenerationRecord);
        SettledWrite written = await _writes.CreateAsync(DataPaths.Generation(incarnation, generation.Generation), blob, cancellationToken);
        if (written.Tag is null)
        {
            throw new BigrainException(ErrorCode.Conflict, $"generation {generation.Generation} of incarnation {incarnation} was described before");
        }
    }

    /// <summary>Changes a HEAD by compare-and-swap, again and again until nobody else was first.</summary>
    /// <param name="name">Name of the collection.</param>
    /// <param name="incarnation">The life of it that is meant.</param>
    /// <param name="change">Gives the new HEAD for the one that stands there; null or an equal one leaves it. It may be called several
    /// times, and after an unknown outcome sees its own change; it throws where the change must not be made.</param>
    /// <param name="cancellationToken">Gives up; the outcome is then unknown, and doing it again settles it.</param>
    /// <returns>The HEAD as it stands now.</returns>
    /// <exception cref="BigrainException"><see cref="ErrorCode.NotFound"/>: dropped, or dropped and made again.</exception>
    public async Task<CollectionHead> UpdateAsync(
        string name, CollectionIncarnation incarnation, Func<CollectionHead, CollectionHead?> change, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(change);
        Names.Validate(name, "name");
        string blob = DataPaths.Head(name);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            BlobContent? content = await _writes.ReadAsync(token => store.ReadAsync(blob, token), cancellationToken);
            CollectionHead? head = content is null ? null : Parse(blob, content);
            if (head is null || head.Incarnation != incarnation)
            {
                throw new BigrainException(ErrorCode.NotFound, $"collection '{name}' was dropped meanwhile", "collection");
            }

            CollectionHead? next = change(head);
            if (next is null || next == head)
            {
                return head;
            }

            next = next with { Change = random.NextUInt64() };
            byte[] bytes = FormatJson.Write(BlobKind.Head, next, FormatJson.Default.CollectionHead);
            if ((await _writes.ReplaceAsync(blob, content!.Tag, bytes, cancellationToken)).Tag is not null)
            {
                return next;
            }
        }
    }

    /// <summary>Drops a collection: removes its HEAD alone; the rest becomes garbage.</summary>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="BigrainException"><see cref="ErrorCode.Conflict"/>: it changed in that moment.</exception>
    public async Task<bool> DropAsync(string name, CancellationToken cancellationToken)
    {
        Names.Validate(name, "name");
        string blob = DataPaths.Head(name);
        BlobContent? content = await store.ReadAsync(blob, cancellationToken);
        if (content is null)
        {
            return false;
        }

        return await _writes.DeleteAsync(blob, content.Tag, cancellationToken)
            ? true
            : throw new BigrainException(ErrorCode.Conflict, $"collection '{name}' changed while it was dropped, try again", "name");
    }

    /// <summary>Lists the names of all collections, in ordinal order.</summary>
    public async IAsyncEnumerable<string> ListNamesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (BlobEntry entry in store.ListAsync(DataPaths.Collections, null, cancellationToken))
        {
            if (entry.Name.EndsWith(HeadSuffix, StringComparison.Ordinal))
            {
                yield return entry.Name[DataPaths.Collections.Length..^HeadSuffix.Length];
            }
        }
    }

    /// <summary>Lists all collections, by name.</summary>
    public async Task<ImmutableArray<CollectionHead>> ListAsync(CancellationToken cancellationToken)
    {
        var heads = ImmutableArray.CreateBuilder<CollectionHead>();
        await foreach (string name in ListNamesAsync(cancellationToken))
        {
            if (await ReadAsync(name, cancellationToken) is { } head)
            {
                heads.Add(head);
            }
        }

        return heads.ToImmutable();
    }

    /// <summary>Finishes the making of a collection whose maker may have died after its HEAD; removes the HEAD where nothing else is left.</summary>
    /// <returns>Whether there is a collection.</returns>
    private async Task<bool> IsWholeAsync(CollectionHead head, CancellationToken cancellationToken)
    {
        if (head.CurrentGeneration != 1 || head.LastGeneration is not null)
        {
            return true;
        }

        await foreach (BlobEntry _ in store.ListAsync(DataPaths.Incarnation(head.Incarnation), null, cancellationToken))
        {
            GenerationRecord generation = await ReadGenerationAsync(head.Incarnation, 1, cancellationToken);
            await RenewGenerationAsync(head.Incarnation, generation, cancellationToken);
            return true;
        }

        // Never acknowledged, as it has no GENERATION, and without one nobody can have written anything.
        await DropAsync(head.Name, cancellationToken);
        return false;
    }

    /// <summary>Writes GENERATION once more after HEAD: whoever slept between the two may have been taken for one that gave up, and
    /// garbage collection deletes the version it saw, or has deleted it.</summary>
    private async Task RenewGenerationAsync(CollectionIncarnation incarnation, GenerationRecord generation, CancellationToken cancellationToken)
    {
        string blob = DataPaths.Generation(incarnation, generation.Generation);
        byte[] bytes = FormatJson.Write(BlobKind.Generation, generation, FormatJson.Default.GenerationRecord);
        while (true)
        {
            BlobProperties? found = await _writes.ReadAsync(token => store.GetPropertiesAsync(blob, token), cancellationToken);
            SettledWrite written = found is null
                ? await _writes.CreateAsync(blob, bytes, cancellationToken)
                : await _writes.ReplaceAsync(blob, found.Tag, bytes, cancellationToken);
            if (written.Tag is { } tag && tag != found?.Tag)
            {
                return;
            }
        }
    }

    // An alias of that name may have come to be since we looked; whoever makes one looks, too, and perhaps both give way.
    private async Task TakeBackIfAliasAsync(string name, BlobTag mine, CancellationToken cancellationToken)
    {
        try
        {
            await _aliases.RequireNoAliasAsync(name, cancellationToken);
        }
        catch (BigrainException)
        {
            await _writes.DeleteAsync(DataPaths.Head(name), mine, cancellationToken);
            throw;
        }
    }

    private static CollectionHead SameSchema(CollectionHead existing, CollectionSchema schema) =>
        existing.Schema == schema
            ? existing
            : throw new BigrainException(
                ErrorCode.Conflict, $"collection '{existing.Name}' exists with another schema: drop it first, or use another name", "name");

    private static CollectionHead Parse(string blob, BlobContent content)
    {
        CollectionHead head = FormatJson.Read(BlobKind.Head, blob, content.Bytes, FormatJson.Default.CollectionHead);
        if (DataPaths.Head(head.Name) != blob)
        {
            throw new CorruptBlobException(blob, BlobEnvelope.HeaderBytes, "the HEAD of this collection", $"that of '{head.Name}'");
        }

        return head.MinReaderVersion <= ReaderVersion
            ? head
            : throw new BigrainException(
                ErrorCode.Unavailable,
                $"collection '{head.Name}' needs reader version {head.MinReaderVersion}, this release has {ReaderVersion}: upgrade it");
    }
}
