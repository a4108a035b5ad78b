using System.Text.Json;
using Bigrain.Index.Catalog;
using Bigrain.Index.Errors;
using Bigrain.Index.Formats;
using Bigrain.Index.Reindexing;
using Bigrain.Index.Schema;
using Bigrain.TestKit.Partitions;
using Xunit;

namespace Bigrain.Index.Tests.Reindexing;

public sealed class ReindexRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Theory]
    [InlineData(ReindexAction.Build, null, 2, "publish or discard it first")]
    [InlineData(ReindexAction.Rollback, 1, 3, "publish or discard it first")]
    [InlineData(ReindexAction.Rollback, null, null, "no previous generation to roll back to")]
    [InlineData(ReindexAction.Verify, 1, null, "no generation that waits to be published")]
    [InlineData(ReindexAction.Publish, 1, null, "no generation that waits to be published")]
    [InlineData(ReindexAction.Discard, null, null, "neither a generation that waits to be published nor a previous one")]
    public void What_HEAD_has_no_generation_for_is_refused(ReindexAction action, int? previous, int? building, string reason)
    {
        BigrainException refusal = Assert.Throws<BigrainException>(() => ReindexRules.Require(Head(4, previous, building), action));
        Assert.Equal((ErrorCode.Conflict, "collection"), (refusal.Code, refusal.Field));
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
        Assert.Contains(building is { } named ? $"generation {named} of 'docs'" : "'docs'", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ReindexAction.Rollback, 3, null, 3)]
    [InlineData(ReindexAction.Verify, 3, 5, 5)]
    [InlineData(ReindexAction.Publish, null, 5, 5)]
    [InlineData(ReindexAction.Discard, 3, 5, 5)]
    public void A_step_is_about_the_generation_that_HEAD_has_for_it(ReindexAction action, int? previous, int? building, int chosen)
    {
        CollectionHead head = Head(4, previous, building);
        ReindexRules.Require(head, action);
        Assert.Equal(chosen, ReindexRules.Choose(head, action));
    }

    [Fact]
    public void The_previous_generation_is_given_up_only_by_name()
    {
        BigrainException refusal = Assert.Throws<BigrainException>(() => ReindexRules.Require(Head(4, 3, null), ReindexAction.Discard));
        Assert.Equal((ErrorCode.Conflict, "previous"), (refusal.Code, refusal.Field));
        Assert.Contains("its previous one, 3, and with it the rollback, say so with --previous", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(3, ReindexRules.Choose(Head(4, 3, null), ReindexAction.Discard, previous: true));
        Assert.Equal(3, ReindexRules.Choose(Head(4, 3, 5), ReindexAction.Discard, previous: true));
        refusal = Assert.Throws<BigrainException>(() => ReindexRules.Require(Head(4, null, 5), ReindexAction.Discard, previous: true));
        Assert.Equal((ErrorCode.Conflict, "collection"), (refusal.Code, refusal.Field));
        refusal = Assert.Throws<BigrainException>(() => new ReindexRequest { Action = ReindexAction.Rollback, Previous = true }.Validate());
        Assert.Equal((ErrorCode.InvalidArgument, "previous"), (refusal.Code, refusal.Field));
    }

    [Theory]
    [InlineData(null, null, 0.01)]
    [InlineData(null, "a", null)]
    [InlineData("a", "a", 0.01)]
    [InlineData("a", "b", null)]
    [InlineData("a", null, 0.01)]
    public void A_loss_that_nobody_limited_is_limited_unless_a_model_comes(string? before, string? after, double? limit)
    {
        Assert.Equal(limit, ReindexRules.MostLoss(new ReindexRequest(), WithModel(1, before), WithModel(2, after)));
        Assert.Equal(0.2, ReindexRules.MostLoss(new ReindexRequest { MaxRecallLoss = 0.2 }, WithModel(1, before), WithModel(2, after)));
    }

    [Fact]
    public void A_limit_that_an_older_job_has_stays_and_one_that_is_not_given_is_not_written()
    {
        ReindexBody old = JsonSerializer.Deserialize("""{"request":{"action":"publish","minRecall":0.9,"maxRecallLoss":1,"sample":100}}""", FormatJson.Default.ReindexBody)!;
        Assert.Equal((1.0, false), (old.Request.MaxRecallLoss, old.Request.Previous));

        // A silo of an older release reads its own default where nothing stands, and cannot read a null.
        Assert.False(ReindexKind.BodyOf(new ReindexRequest()).GetProperty("request").TryGetProperty("maxRecallLoss", out _));
    }

    [Fact]
    public void A_build_needs_no_generation_but_the_current_one()
    {
        ReindexRules.Require(Head(4, null, null), ReindexAction.Build);
        ReindexRules.Require(Head(4, 3, null), ReindexAction.Build);
    }

    [Fact]
    public void A_generation_is_named_once_and_raises_what_readers_must_know()
    {
        CollectionHead head = Head(1, null, null) with { LastGeneration = 2 };
        CollectionHead named = ReindexRules.Named(head, Generation(2) with { Homes = [1, 2] }, source: 1)!;
        Assert.Equal((1, 2, 2), (named.CurrentGeneration, named.BuildingGeneration, named.MinReaderVersion));
        Assert.Null(ReindexRules.Named(named, Generation(2), source: 1));
        Assert.Equal(3, ReindexRules.Named(head with { MinReaderVersion = 3 }, Generation(2), source: 1)!.MinReaderVersion);
    }

    [Theory]
    [InlineData(1, 3, 3)]
    [InlineData(4, null, 2)]
    [InlineData(1, null, 3)]
    public void A_generation_is_not_named_when_another_one_came_or_its_number_was_given_up(int current, int? building, int last)
    {
        CollectionHead head = Head(current, null, building) with { LastGeneration = last };
        BigrainException refusal = Assert.Throws<BigrainException>(() => ReindexRules.Named(head, Generation(2), source: 1));
        Assert.Equal((ErrorCode.Conflict, "collection"), (refusal.Code, refusal.Field));
    }

    [Fact]
    public void A_publish_keeps_the_generation_before_for_the_way_back()
    {
        CollectionHead published = ReindexRules.Published(Head(1, null, 2), target: 2, source: 1, Now)!;
        Assert.Equal((2, 1, null, Now), (published.CurrentGeneration, published.PreviousGeneration, published.BuildingGeneration, published.PublishedAt));
        Assert.Null(ReindexRules.Published(published, target: 2, source: 1, Now));
        CollectionHead back = ReindexRules.Published(published, target: 1, source: 2, Now)!;
        Assert.Equal((1, 2, null), (back.CurrentGeneration, back.PreviousGeneration, back.BuildingGeneration));
    }

    [Theory]
    [InlineData(1, null, null)]
    [InlineData(1, null, 3)]
    [InlineData(3, 1, 2)]
    [InlineData(3, 2, null)]
    public void A_publish_over_a_HEAD_that_changed_is_refused(int current, int? previous, int? building)
    {
        BigrainException refusal = Assert.Throws<BigrainException>(() => ReindexRules.Published(Head(current, previous, building), target: 2, source: 1, Now));
        Assert.Equal((ErrorCode.Conflict, "collection"), (refusal.Code, refusal.Field));
        Assert.Contains("generation 2 of 'docs' was discarded, or another one was published", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Giving_up_takes_the_generation_out_and_uses_up_a_number()
    {
        CollectionHead without = ReindexRules.Without(Head(1, null, 2) with { LastGeneration = 2 }, 2)!;
        Assert.Equal((1, null, null, 3), (without.CurrentGeneration, without.PreviousGeneration, without.BuildingGeneration, without.LastGeneration));
        Assert.Equal(4, without.NextGeneration);

        // Nobody who slept can name it again, and giving it up again changes nothing.
        Assert.Throws<BigrainException>(() => ReindexRules.Named(without, Generation(2), source: 1));
        Assert.Null(ReindexRules.Without(without, 2));
    }

    [Fact]
    public void The_current_generation_is_never_given_up_and_the_previous_one_alone()
    {
        Assert.Null(ReindexRules.Without(Head(2, 1, 3), 2));
        CollectionHead without = ReindexRules.Without(Head(2, 1, 3), 1)!;
        Assert.Equal((2, null, 3), (without.CurrentGeneration, without.PreviousGeneration, without.BuildingGeneration));
    }

    private static CollectionHead Head(int current, int? previous, int? building) => new(
        "docs", new CollectionIncarnation("63cbe1e459320dd7044c3cd7f43c661c"), Schemas.Dense(8, Metric.L2), current, previous, building, 1, Now);

    private static GenerationRecord WithModel(int number, string? hash) => Generation(number) with
    {
        Representations =
        [
            new GenerationRepresentation("default", CodecSpec.Auto)
            {
                CoarseSource = hash is null ? null : CoarseSource.Head,
                Tables = hash is null ? null : new TablesReference(number, 1, hash),
            },
        ],
    };

    private static GenerationRecord Generation(int number) => new(number, 2, 7, [new GenerationRepresentation("default", CodecSpec.Auto)], Now);
}
