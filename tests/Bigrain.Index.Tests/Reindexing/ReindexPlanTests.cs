using System.Collections.Immutable;
using Bigrain.Index.Catalog;
using Bigrain.Index.Coarse;
using Bigrain.Index.Errors;
using Bigrain.Index.Jobs;
using Bigrain.Index.Partitions;
using Bigrain.Index.Reindexing;
using Bigrain.Index.Schema;
using Xunit;

namespace Bigrain.Index.Tests.Reindexing;

/// <summary>What is refused before anything is written.</summary>
public sealed class ReindexPlanTests
{
    private const long Mebibyte = 1 << 20;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string, ReindexRequest> OutOfLimits => new()
    {
        { "action", new ReindexRequest { Action = (ReindexAction)9 } },
        { "partitions", new ReindexRequest { PartitionCount = 0 } },
        { "partitions", new ReindexRequest { PartitionCount = Limits.MaxPartitionCount + 1 } },
        { "minRecall", new ReindexRequest { MinRecall = 1.01 } },
        { "minRecall", new ReindexRequest { MinRecall = double.NaN } },
        { "maxRecallLoss", new ReindexRequest { MaxRecallLoss = -0.01 } },
        { "sample", new ReindexRequest { Sample = ReindexRequest.MaxSample + 1 } },
        { "k", new ReindexRequest { K = 0 } },
        { "codec", new ReindexRequest { Model = "m", Codec = CodecSpec.Flat } },
        { "model", new ReindexRequest { Model = "m", Action = ReindexAction.Verify } },
        { "partition", new ReindexRequest { Partitions = [] } },
        { "partition", new ReindexRequest { Partitions = [0], Action = ReindexAction.Publish } },
        { "partition", new ReindexRequest { Partitions = [3, 4] } },
        { "partition", new ReindexRequest { Partitions = [-1] } },
        { "partitions", new ReindexRequest { Partitions = [0], PartitionCount = 2 } },
        { "model", new ReindexRequest { Partitions = [0], Model = "m" } },
        { "dense", new ReindexRequest { Partitions = [0], DenseType = DenseType.Fp16 } },
        { "codec", new ReindexRequest { Partitions = [0], Codec = CodecSpec.Pq(4, 4) } },
        { "codec", new ReindexRequest { Codec = CodecSpec.Pq(16, 4) } },
    };

    [Theory]
    [MemberData(nameof(OutOfLimits))]
    public async Task A_request_out_of_its_limits_is_refused_with_the_field(string field, ReindexRequest request)
    {
        using ReindexRig rig = await ReindexRig.OpenAsync();
        BigrainException refusal = await Assert.ThrowsAsync<BigrainException>(() => PlanAsync(rig, request));
        Assert.Equal((ErrorCode.InvalidArgument, field), (refusal.Code, refusal.Field));
    }

    [Theory]
    [MemberData(nameof(OutOfLimits))]
    public void A_refusal_names_fields_and_no_flags(string field, ReindexRequest request)
    {
        if (Record.Exception(request.Validate) is BigrainException refusal)
        {
            Assert.DoesNotContain("--", refusal.Message, StringComparison.Ordinal);
            Assert.Equal(
                request is { Partitions: { IsEmpty: false }, Action: ReindexAction.Build } || request.Model is not null,
                refusal.Message.StartsWith($"{field} does not go with ", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task An_older_silo_is_named()
    {
        using ReindexRig rig = await ReindexRig.OpenAsync();
        rig.Cluster.Silos =
            [new SiloCapacity("new", 0, long.MaxValue, CollectionCatalog.ReaderVersion), new SiloCapacity("old", 0, long.MaxValue, CollectionCatalog.ReaderVersion - 1)];
        BigrainException refusal = await Assert.ThrowsAsync<BigrainException>(() => RequireAsync(rig, new ReindexRequest()));
        Assert.Equal((ErrorCode.Conflict, "collection"), (refusal.Code, refusal.Field));
        Assert.Contains("'old' is of an older release", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_silo_that_lacks_memory_is_named_with_what_it_has_and_what_it_needs()
    {
        using ReindexRig rig = await ReindexRig.OpenAsync();
        long needed = await PriceAsync(rig, partitions: 4);
        long used = 100 * Mebibyte;
        rig.Cluster.Silos = [new SiloCapacity("silo-0", used, used + needed, CollectionCatalog.ReaderVersion)];
        await RequireAsync(rig, new ReindexRequest());

        rig.Cluster.Silos = [new SiloCapacity("silo-0", used, used + needed - 1, CollectionCatalog.ReaderVersion)];
        IReadOnlyList<string> before = rig.Blobs.Names;
        BigrainException refusal = await Assert.ThrowsAsync<BigrainException>(() => RequireAsync(rig, new ReindexRequest()));
        Assert.Equal((ErrorCode.Conflict, "memory"), (refusal.Code, refusal.Field));
        Assert.StartsWith(
            $"silo 'silo-0' holds 100 MiB of its budget of {Rounded(used + needed - 1)} MiB, and its share of the new generation needs about {Rounded(needed)} MiB",
            refusal.Message,
            StringComparison.Ordinal);
        Assert.Equal(before, rig.Blobs.Names);

        // The job that finds it so when its turn comes leaves HEAD alone.
        JobRecord failed = await rig.ReindexAsync(new ReindexRequest());
        Assert.Equal((JobState.Failed, ErrorCode.Conflict, "memory"), (failed.State, failed.Error!.Code, failed.Error.Field));
        Assert.Equal(refusal.Message, failed.Error.Message);
        Assert.Equal("1 - - -", await rig.GenerationsAsync());
    }

    [Fact]
    public async Task A_single_partition_needs_the_memory_of_one()
    {
        using ReindexRig rig = await ReindexRig.OpenAsync();
        long all = await PriceAsync(rig, partitions: 4);
        rig.Cluster.Silos = [new SiloCapacity("silo-0", 0, all / 2, CollectionCatalog.ReaderVersion)];
        await Assert.ThrowsAsync<BigrainException>(() => RequireAsync(rig, new ReindexRequest()));
        await RequireAsync(rig, new ReindexRequest { Partitions = [2] });
    }

    [Fact]
    public async Task Codebooks_that_too_few_documents_would_teach_are_refused_with_both_numbers()
    {
        using ReindexRig rig = await ReindexRig.OpenAsync();
        var request = new ReindexRequest { Codec = CodecSpec.Pq(4, 4) };
        IReadOnlyList<string> before = rig.Blobs.Names;
        BigrainException refusal = await Assert.ThrowsAsync<BigrainException>(() => RequireAsync(rig, request));
        Assert.Equal((ErrorCode.Conflict, "codec"), (refusal.Code, refusal.Field));
        Assert.Contains("at least 624 documents and the collection holds 200", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(before, rig.Blobs.Names);

        // The job that finds it so when its turn comes builds nothing, and HEAD gives no number away.
        JobRecord failed = await rig.ReindexAsync(request);
        Assert.Equal((JobState.Failed, ErrorCode.Conflict, "codec"), (failed.State, failed.Error!.Code, failed.Error.Field));
        Assert.Equal(refusal.Message, failed.Error.Message);
        Assert.Equal("1 - - -", await rig.GenerationsAsync());
    }

    [Theory]
    [InlineData(null, "rabitq:2")]
    [InlineData("flat", "flat")]
    public async Task A_new_generation_has_the_codec_asked_for_or_that_of_the_collection(string? asked, string expected)
    {
        using ReindexRig rig = await ReindexRig.OpenAsync(CodecSpec.RaBitQ(2));
        await rig.ReindexAsync(new ReindexRequest { Codec = asked is null ? null : CodecSpec.Parse(asked), DenseType = DenseType.Fp16 });
        GenerationRecord built = await rig.Catalog.ReadGenerationAsync(rig.Head.Incarnation, 2, Cancel);
        Assert.Equal((expected, DenseType.Fp16), (built.Representations[0].Codec.ToString(), built.Representations[0].DenseType));
        GenerationRecord first = await rig.Catalog.ReadGenerationAsync(rig.Head.Incarnation, 1, Cancel);
        Assert.NotEqual(first.RotationSeed, built.RotationSeed);
    }

    private static async Task RequireAsync(ReindexRig rig, ReindexRequest request) => await rig.KindOn(rig.Blobs).RequireFeasibleAsync(
        rig.Head, await rig.Catalog.ReadGenerationAsync(rig.Head.Incarnation, 1, Cancel), request, null, Cancel);

    // The plan alone: a step that is no build needs nothing of the kind.
    private static async Task PlanAsync(ReindexRig rig, ReindexRequest request)
    {
        request.Validate();
        await RequireAsync(rig, request);
    }

    private static async Task<long> PriceAsync(ReindexRig rig, int partitions)
    {
        GenerationRecord source = await rig.Catalog.ReadGenerationAsync(rig.Head.Incarnation, 1, Cancel);
        ImmutableArray<long> counts = await rig.Cluster.CountAsync(rig.Head, [.. rig.PartitionsOf(1)], Cancel);
        return partitions * GenerationPrice.EstimatePartition(counts.Sum() / partitions, rig.Head.Schema, source, new CoarseOptions(), new PartitionOptions());
    }

    private static long Rounded(long bytes) => (bytes + Mebibyte - 1) / Mebibyte;
}
