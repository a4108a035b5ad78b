using System.Text;
using Bigrain.Index.Blobs;
using Bigrain.Index.Catalog;
using Bigrain.Index.Errors;
using Bigrain.Index.Formats;
using Bigrain.Index.Partitions;
using Bigrain.Index.Schema;
using Bigrain.TestKit.Blobs;
using Bigrain.TestKit.Randomness;
using Bigrain.TestKit.Time;
using Xunit;

namespace Bigrain.Index.Tests.Catalog;

public sealed class CollectionCatalogTests
{
    private const string GoldenHead =
        """{"name":"c","incarnation":"63cbe1e459320dd7044c3cd7f43c661c","schema":{"representations":[{"name":"default","kind":"dense","dimension":3,"metric":"cosine","denseType":"fp16","codec":"pq:3x8","coarseSource":"self"}],"fields":[{"name":"year","type":"int64"}],"partitionCount":2,"streamCount":3,"replicaCount":1},"currentGeneration":1,"previousGeneration":null,"buildingGeneration":null,"minReaderVersion":1,"createdAt":"2026-01-02T03:04:05+00:00"}""";

    private const string GoldenGeneration =
        """{"generation":1,"partitionCount":2,"rotationSeed":16616101746815609346,"representations":[{"name":"default","codec":"pq:3x8"}],"createdAt":"2026-01-02T03:04:05+00:00"}""";

    private const string GoldenLaterHead =
        ""","lastGeneration":4,"publishedAt":"2026-01-02T03:04:05+00:00","change":CHANGE}""";

    private const string GoldenLaterGeneration =
        """{"generation":3,"partitionCount":2,"rotationSeed":5,"representations":[{"name":"default","codec":"pq:3x8","denseType":"int8","tables":{"generation":2,"lengthBytes":77,"xxHash128":"00112233445566778899aabbccddeeff"}}],"createdAt":"2026-01-02T03:04:05+00:00","homes":[2,3]}""";

    private readonly MemoryBlobStore _store = new();
    private readonly InstantTime _time = new();
    private readonly CollectionCatalog _catalog;

    public CollectionCatalogTests() => _catalog = new CollectionCatalog(_store, _time, new SeededRandom(7));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_created_collection_is_read_and_listed_with_its_generation()
    {
        (CollectionHead head, bool created) = await _catalog.CreateAsync("c", Schema(), Cancel);
        Assert.True(created);
        Assert.Equal(head, await _catalog.ReadAsync("c", Cancel));
        Assert.Equal([head], await _catalog.ListAsync(Cancel));
        GenerationRecord generation = await _catalog.ReadGenerationAsync(head.Incarnation, 1, Cancel);
        Assert.Equal((1, 2, "pq:3x8"), (generation.Generation, generation.PartitionCount, generation.Representations[0].Codec.ToString()));
        Assert.Null(await _catalog.ReadAsync("other", Cancel));
    }

    [Fact]
    public async Task The_bytes_of_version_1_stay_readable()
    {
        (CollectionHead head, _) = await _catalog.CreateAsync("c", Schema(), Cancel);
        Assert.Equal(GoldenHead, await BodyAsync(BlobKind.Head, DataPaths.Head("c")));
        Assert.Equal(GoldenGeneration, await BodyAsync(BlobKind.Generation, DataPaths.Generation(head.Incarnation, 1)));
    }

    [Fact]
    public async Task The_bytes_of_what_later_generations_add_stay_readable()
    {
        (CollectionHead head, _) = await _catalog.CreateAsync("c", Schema(), Cancel);
        CollectionHead later = await _catalog.UpdateAsync(
            "c", head.Incarnation, was => was with { LastGeneration = 4, PublishedAt = was.CreatedAt }, Cancel);
        Assert.Equal(later, await _catalog.ReadAsync("c", Cancel));
        Assert.Equal(5, later.NextGeneration);
        Assert.Equal(GoldenHead[..^1] + GoldenLaterHead.Replace("CHANGE", $"{later.Change}", StringComparison.Ordinal), await BodyAsync(BlobKind.Head, DataPaths.Head("c")));

        var rebuilt = new GenerationRecord(
            3,
            2,
            5,
            [new GenerationRepresentation("default", CodecSpec.Pq(3, 8)) { DenseType = DenseType.Int8, Tables = new TablesReference(2, 77, "00112233445566778899aabbccddeeff") }],
            head.CreatedAt)
        { Homes = [2, 3] };
        await _catalog.WriteGenerationAsync(head.Incarnation, rebuilt, Cancel);
        await _catalog.WriteGenerationAsync(head.Incarnation, rebuilt, Cancel);
        Assert.Equal(GoldenLaterGeneration, await BodyAsync(BlobKind.Generation, DataPaths.Generation(head.Incarnation, 3)));
        GenerationRecord read = await _catalog.ReadGenerationAsync(head.Incarnation, 3, Cancel);
        Assert.Equal((2, 3), (read.HomeOf(0), read.HomeOf(1)));
        Assert.Equal(DenseType.Int8, read.SchemaOf(head.Schema).Default.DenseType);
        Assert.Equal(ErrorCode.Conflict, await CodeAsync(_catalog.WriteGenerationAsync(head.Incarnation, rebuilt with { RotationSeed = 6 }, Cancel)));
    }

    [Fact]
    public async Task A_head_is_changed_by_one_of_many_at_a_time_and_only_in_the_life_that_is_meant()
    {
        (CollectionHead head, _) = await _catalog.CreateAsync("c", Schema(), Cancel);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(seed => Task.Run(
            () => new CollectionCatalog(_store, _time, new SeededRandom((ulong)seed)).UpdateAsync("c", head.Incarnation, was => was with { LastGeneration = was.NextGeneration }, Cancel), Cancel)));
        Assert.Equal(9, (await _catalog.ReadAsync("c", Cancel))!.LastGeneration);

        await _catalog.DropAsync("c", Cancel);
        Assert.Equal(ErrorCode.NotFound, await CodeAsync(_catalog.UpdateAsync("c", head.Incarnation, was => was with { BuildingGeneration = 2 }, Cancel)));
        (CollectionHead again, _) = await _catalog.CreateAsync("c", Schema(), Cancel);
        Assert.Equal(ErrorCode.NotFound, await CodeAsync(_catalog.UpdateAsync("c", head.Incarnation, was => was with { BuildingGeneration = 2 }, Cancel)));
        Assert.Equal(again, await _catalog.ReadAsync("c", Cancel));
    }

    [Fact]
    public async Task Creating_again_is_harmless_and_another_schema_is_a_conflict()
    {
        (CollectionHead first, _) = await _catalog.CreateAsync("c", Schema(), Cancel);
        (CollectionHead second, bool created) = await _catalog.CreateAsync("c", Schema(), Cancel);
        Assert.False(created);
        Assert.Equal(first, second);
        Assert.Equal(ErrorCode.Conflict, await CodeAsync(_catalog.CreateAsync("c", Schema() with { StreamCount = 4 }, Cancel)));
    }

    [Fact]
    public async Task A_dropped_and_recreated_collection_is_another_life()
    {
        (CollectionHead first, _) = await _catalog.CreateAsync("c", Schema(), Cancel);
        Assert.True(await _catalog.DropAsync("c", Cancel));
        Assert.False(await _catalog.DropAsync("c", Cancel));
        Assert.Null(await _catalog.ReadAsync("c", Cancel));
        (CollectionHead second, bool created) = await _catalog.CreateAsync("c", Schema(), Cancel);
        Assert.True(created);
        Assert.NotEqual(first.Incarnation, second.Incarnation);
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("A")]
    public async Task A_bad_name_is_refused_before_anything_is_written(string name)
    {
        Assert.Equal(ErrorCode.InvalidArgument, await CodeAsync(_catalog.CreateAsync(name, Schema(), Cancel)));
        Assert.Equal(ErrorCode.InvalidArgument, await CodeAsync(_catalog.ReadAsync(name, Cancel)));
        Assert.Equal(ErrorCode.InvalidArgument, await CodeAsync(_catalog.DropAsync(name, Cancel)));
        Assert.Empty(_store.Names);
    }

    [Fact]
    public async Task A_schema_out_of_its_limits_names_the_field()
    {
        RepresentationSchema dense = Schema().Default;
        (CollectionSchema Schema, string Field)[] bad =
        [
            (Schema() with { PartitionCount = 0 }, "partitions"),
            (Schema() with { StreamCount = 257 }, "streams"),
            (Schema() with { ReplicaCount = 6 }, "replicas"),
            (Schema() with { Representations = [] }, "representations"),
            (Schema() with { Representations = [dense with { Dimension = 16_385 }] }, "representations[0].dimension"),
            (Schema() with { Representations = [dense with { Dimension = 0 }] }, "representations[0].dimension"),
            (Schema() with { Representations = [dense, dense] }, "representations[1].name"),
            (Schema() with { Representations = [dense with { Codec = CodecSpec.Pq(4, 8) }] }, "representations[0].codec"),
            (Schema() with { Representations = [dense with { Kind = RepresentationKind.Sparse }] }, "representations[0].kind"),
            (Schema() with { Fields = [new FieldSchema("../x", FieldType.Bool)] }, "fields[0].name"),
        ];
        foreach ((CollectionSchema schema, string field) in bad)
        {
            BigrainException error = await Assert.ThrowsAsync<BigrainException>(() => _catalog.CreateAsync("c", schema, Cancel));
            Assert.Equal((ErrorCode.InvalidArgument, field), (error.Code, error.Field));
        }

        Assert.Empty(_store.Names);
    }

    [Fact]
    public async Task A_crash_at_any_point_of_creating_leaves_none_or_a_whole_collection()
    {
        for (long point = 1, points = 1; point <= points; point++)
        {
            var store = new MemoryBlobStore(_time);
            var process = new FaultyBlobStore(store, new SeededRandom(5), new FaultRates()) { CrashAtPoint = point };
            bool crashed = false;
            try
            {
                await new CollectionCatalog(process, _time, new SeededRandom(1)).CreateAsync("c", Schema(), Cancel);
            }
            catch (SimulatedCrashException)
            {
                crashed = true;
                points = point + 1;
            }

            var restarted = new CollectionCatalog(store, _time, new SeededRandom(2));
            CollectionHead? head = await restarted.ReadAsync("c", Cancel);
            Assert.True(crashed || head is not null);
            (CollectionHead again, bool created) = await restarted.CreateAsync("c", Schema(), Cancel);
            Assert.Equal(head is null, created);
            await restarted.ReadGenerationAsync(again.Incarnation, again.CurrentGeneration, Cancel);
        }
    }

    [Fact]
    public async Task Lost_replies_neither_duplicate_nor_lose_a_collection()
    {
        var faulty = new FaultyBlobStore(_store, new SeededRandom(5), new FaultRates { LostReply = 1 });
        var catalog = new CollectionCatalog(faulty, _time, new SeededRandom(1));
        Assert.True((await catalog.CreateAsync("c", Schema(), Cancel)).Created);
        Assert.True(await catalog.DropAsync("c", Cancel));
        Assert.Null(await _catalog.ReadAsync("c", Cancel));
    }

    [Fact]
    public async Task Damage_is_named_and_never_served()
    {
        (CollectionHead head, _) = await _catalog.CreateAsync("c", Schema(), Cancel);
        string name = DataPaths.Head("c");
        foreach (int offset in (int[])[0, 4, 6, 8, 20, 100])
        {
            _store.FlipBit(name, offset, 1);
            Assert.Equal(name, (await Assert.ThrowsAsync<CorruptBlobException>(() => _catalog.ReadAsync("c", Cancel))).BlobName);
            _store.FlipBit(name, offset, 1);
        }

        Assert.Equal(head, await _catalog.ReadAsync("c", Cancel));
        string generation = DataPaths.Generation(head.Incarnation, 1);
        await _store.DeleteAsync(generation, null, Cancel);
        Assert.Equal(generation, (await Assert.ThrowsAsync<CorruptBlobException>(() => _catalog.ReadGenerationAsync(head.Incarnation, 1, Cancel))).BlobName);
    }

    [Fact]
    public async Task A_head_under_another_name_or_for_a_newer_reader_is_refused()
    {
        await _catalog.CreateAsync("c", Schema(), Cancel);
        BlobContent content = (await _store.ReadAsync(DataPaths.Head("c"), Cancel))!;
        await _store.CreateAsync(DataPaths.Head("d"), content.Bytes, Cancel);
        await Assert.ThrowsAsync<CorruptBlobException>(() => _catalog.ReadAsync("d", Cancel));

        string body = GoldenHead.Replace("\"minReaderVersion\":1", "\"minReaderVersion\":99", StringComparison.Ordinal);
        await _store.ReplaceAsync(DataPaths.Head("c"), content.Tag, BlobEnvelope.Wrap(BlobKind.Head, 1, Encoding.UTF8.GetBytes(body)), Cancel);
        Assert.Equal(ErrorCode.Unavailable, await CodeAsync(_catalog.ReadAsync("c", Cancel)));
    }

    [Theory]
    [InlineData("\"minReaderVersion\":1", "\"minReaderVersion\":null")]
    [InlineData("\"codec\":\"pq:3x8\"", "\"codec\":\"gold\"")]
    [InlineData("\"metric\":\"cosine\"", "\"metric\":7")]
    [InlineData("\"schema\"", "\"schemer\"")]
    public async Task A_head_that_is_no_head_is_damage(string part, string replacement)
    {
        string body = GoldenHead.Replace(part, replacement, StringComparison.Ordinal);
        await _store.CreateAsync(DataPaths.Head("c"), BlobEnvelope.Wrap(BlobKind.Head, 1, Encoding.UTF8.GetBytes(body)), Cancel);
        await Assert.ThrowsAsync<CorruptBlobException>(() => _catalog.ReadAsync("c", Cancel));
    }

    private static async Task<ErrorCode> CodeAsync(Task task) => (await Assert.ThrowsAsync<BigrainException>(() => task)).Code;

    private static CollectionSchema Schema() => new(
        [new RepresentationSchema("default", RepresentationKind.Dense, 3, Metric.Cosine, DenseType.Fp16, CodecSpec.Pq(3, 8), CoarseSource.Self)],
        [new FieldSchema("year", FieldType.Int64)],
        2,
        3,
        1);

    private async Task<string> BodyAsync(BlobKind kind, string name)
    {
        BlobContent content = (await _store.ReadAsync(name, Cancel))!;
        return Encoding.UTF8.GetString(BlobEnvelope.Unwrap(kind, name, content.Bytes, out _).Span);
    }
}
