using Bigrain.Index.Catalog;
using Bigrain.Index.Reindexing;
using Bigrain.Index.Schema;
using Xunit;

namespace Bigrain.Index.Tests.Reindexing;

public sealed class CodecWishTests
{
    [Fact]
    public async Task A_codec_that_has_to_be_learned_is_wished_until_it_is()
    {
        using ReindexRig rig = await ReindexRig.OpenAsync(CodecSpec.Parse("pq:4x4"));
        GenerationRecord first = await ReadAsync(rig, 1);
        Assert.Equal(624, CodecWish.DocumentsNeeded(rig.Head, first));
        Assert.Equal(624, CodecWish.DocumentsNeeded(rig.Head with { LastGeneration = 2 }, first));

        GenerationRepresentation coded = first.Representations[0];
        GenerationRecord learned = first with { Representations = [coded with { Tables = new TablesReference(1, 1, new string('0', 32)) }] };
        Assert.Null(CodecWish.DocumentsNeeded(rig.Head, learned));
    }

    [Fact]
    public async Task Nothing_is_wished_beside_a_reindex_or_after_a_rollback()
    {
        using ReindexRig rig = await ReindexRig.OpenAsync(CodecSpec.Parse("pq:4x4"));
        GenerationRecord first = await ReadAsync(rig, 1);
        Assert.Null(CodecWish.DocumentsNeeded(rig.Head with { BuildingGeneration = 2 }, first));
        Assert.Null(CodecWish.DocumentsNeeded(rig.Head with { PreviousGeneration = 2 }, first));
    }

    [Fact]
    public async Task A_codec_that_needs_no_learning_is_no_wish()
    {
        using ReindexRig rig = await ReindexRig.OpenAsync(CodecSpec.Parse("rabitq:1"));
        Assert.Null(CodecWish.DocumentsNeeded(rig.Head, await ReadAsync(rig, 1)));
    }

    private static Task<GenerationRecord> ReadAsync(ReindexRig rig, int generation) =>
        rig.Catalog.ReadGenerationAsync(rig.Head.Incarnation, generation, TestContext.Current.CancellationToken);
}
