using System.Text;
using Bigrain.Index.Blobs;
using Bigrain.Index.Catalog;
using Bigrain.Index.Errors;
using Bigrain.Index.Formats;
using Bigrain.Index.Partitions;
using Bigrain.Index.Schema;
using Bigrain.TestKit.Blobs;
using Bigrain.TestKit.Partitions;
using Bigrain.TestKit.Randomness;
using Bigrain.TestKit.Time;
using Xunit;

namespace Bigrain.Index.Tests.Catalog;

public sealed class AliasCatalogTests
{
    private const string Golden = """{"alias":"live","collection":"blue","changedAt":"2026-01-02T03:04:05+00:00"}""";

    private readonly MemoryBlobStore _store = new();
    private readonly InstantTime _time = new();
    private readonly CollectionCatalog _collections;
    private readonly AliasCatalog _aliases;

    public AliasCatalogTests()
    {
        _collections = new CollectionCatalog(_store, _time, new SeededRandom(7));
        _aliases = new AliasCatalog(_store, _time);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_alias_is_made_moved_listed_and_deleted()
    {
        await CreateAsync("blue", "green");

        Assert.True((await _aliases.PutAsync("live", "blue", null, Cancel)).Created);
        Assert.False((await _aliases.PutAsync("live", "green", null, Cancel)).Created);
        await _aliases.PutAsync("all", "blue", null, Cancel);

        Assert.Equal("green", (await _aliases.ReadAsync("live", Cancel))!.Collection);
        Assert.Equal(["all", "live"], (await _aliases.ListAsync(Cancel).ToListAsync(Cancel)).Select(alias => alias.Alias));
        Assert.True(await _aliases.DeleteAsync("live", Cancel));
        Assert.False(await _aliases.DeleteAsync("live", Cancel));
        Assert.Null(await _aliases.ReadAsync("live", Cancel));
        Assert.NotNull(await _collections.ReadAsync("green", Cancel));
    }

    [Fact]
    public async Task The_bytes_of_version_1_stay_readable()
    {
        await _store.CreateAsync(DataPaths.Alias("live"), BlobEnvelope.Wrap(BlobKind.Alias, 1, Encoding.UTF8.GetBytes(Golden)), Cancel);
        CollectionAlias read = (await _aliases.ReadAsync("live", Cancel))!;

        Assert.Equal(new CollectionAlias("live", "blue", new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero)), read);
        Assert.Equal(BlobEnvelope.Wrap(BlobKind.Alias, 1, Encoding.UTF8.GetBytes(Golden)), FormatJson.Write(BlobKind.Alias, read, FormatJson.Default.CollectionAlias));
    }

    [Fact]
    public async Task An_alias_moves_only_from_where_it_is_expected()
    {
        await CreateAsync("blue", "green");

        Assert.Equal(ErrorCode.Conflict, await CodeAsync(_aliases.PutAsync("live", "blue", "green", Cancel)));
        Assert.True((await _aliases.PutAsync("live", "blue", "", Cancel)).Created);
        Assert.Equal(ErrorCode.Conflict, await CodeAsync(_aliases.PutAsync("live", "green", "", Cancel)));
        Assert.Equal("green", (await _aliases.PutAsync("live", "green", "blue", Cancel)).Alias.Collection);
    }

    [Fact]
    public async Task Collections_and_aliases_share_their_names()
    {
        await CreateAsync("blue");
        await _aliases.PutAsync("live", "blue", null, Cancel);

        Assert.Equal(ErrorCode.Conflict, await CodeAsync(_aliases.PutAsync("blue", "blue", null, Cancel)));
        Assert.Equal(ErrorCode.Conflict, await CodeAsync(_collections.CreateAsync("live", Schemas.Dense(3, Metric.L2), Cancel)));
        Assert.Equal(ErrorCode.InvalidArgument, await CodeAsync(_aliases.PutAsync("other", "live", null, Cancel)));
        Assert.Equal(ErrorCode.NotFound, await CodeAsync(_aliases.PutAsync("other", "none", null, Cancel)));
        Assert.Equal(ErrorCode.InvalidArgument, await CodeAsync(_aliases.PutAsync("../x", "blue", null, Cancel)));
    }

    [Fact]
    public async Task Of_a_collection_and_an_alias_made_at_once_at_most_one_stays()
    {
        for (int point = 1; point < 12; point++)
        {
            // The collection is made right before every single operation of the alias, and the other way round.
            foreach (bool isAliasFirst in (bool[])[true, false])
            {
                var store = new MemoryBlobStore();
                var other = new CollectionCatalog(store, _time, new SeededRandom(1));
                await other.CreateAsync("blue", Schemas.Dense(3, Metric.L2), Cancel);
                Func<Task> late = isAliasFirst
                    ? () => other.CreateAsync("live", Schemas.Dense(3, Metric.L2), Cancel)
                    : () => new AliasCatalog(store, _time).PutAsync("live", "blue", null, Cancel);
                var faulty = new FaultyBlobStore(store, new SeededRandom(2), new FaultRates())
                {
                    OnPoint = async passed =>
                    {
                        if (passed.Number == point)
                        {
                            await TryAsync(late);
                        }
                    },
                };

                await TryAsync(isAliasFirst
                    ? () => new AliasCatalog(faulty, _time).PutAsync("live", "blue", null, Cancel)
                    : () => new CollectionCatalog(faulty, _time, new SeededRandom(3)).CreateAsync("live", Schemas.Dense(3, Metric.L2), Cancel));

                bool isAlias = store.Names.Contains(DataPaths.Alias("live"));
                bool isCollection = store.Names.Contains(DataPaths.Head("live"));
                Assert.False(isAlias && isCollection, $"both exist, point {point}, alias first: {isAliasFirst}");
            }
        }
    }

    [Fact]
    public async Task A_damaged_alias_or_one_in_the_wrong_place_is_named()
    {
        await CreateAsync("blue");
        await _aliases.PutAsync("live", "blue", null, Cancel);
        await _store.CopyAsync(DataPaths.Alias("live"), DataPaths.Alias("other"), Cancel);
        _store.FlipBit(DataPaths.Alias("live"), 20, 3);

        Assert.Equal(DataPaths.Alias("live"), (await Assert.ThrowsAsync<CorruptBlobException>(() => _aliases.ReadAsync("live", Cancel))).BlobName);
        Assert.Equal(DataPaths.Alias("other"), (await Assert.ThrowsAsync<CorruptBlobException>(() => _aliases.ReadAsync("other", Cancel))).BlobName);
    }

    private static async Task TryAsync(Func<Task> action)
    {
        try
        {
            await action();
        }
        catch (BigrainException error) when (error.Code == ErrorCode.Conflict)
        {
            // The loser of the race.
        }
    }

    private static async Task<ErrorCode> CodeAsync(Task action) => (await Assert.ThrowsAsync<BigrainException>(() => action)).Code;

    private async Task CreateAsync(params string[] names)
    {
        foreach (string name in names)
        {
            await _collections.CreateAsync(name, Schemas.Dense(3, Metric.L2), Cancel);
        }
    }
}
