using Bigrain.Api.Collections;
using Bigrain.Api.Documents;
using Bigrain.Api.Jobs;
using Bigrain.Api.Problems;
using Bigrain.Api.Queries;
using Bigrain.Api.Reindexing;
using Bigrain.Client;
using Bigrain.TestKit.Randomness;
using Bigrain.TestKit.Time;

namespace Bigrain.Silo.Tests.Http;

/// <summary>A collection that was created with a learned codec gets it by itself.</summary>
public sealed class CodecWishTests(CodedSiloFixture silo) : IClassFixture<CodedSiloFixture>
{
    private const int Dimension = 16;

    // 39 documents for each of 16 codewords.
    private const int Needed = 624;
    private const int Rows = 900;
    private const ulong Seed = 20_261_124;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_collection_created_with_a_pq_codec_is_reindexed_once_it_holds_39_documents_for_each_codeword()
    {
        using BigrainClient client = new(new BigrainClientOptions { Endpoints = [silo.Host.HttpAddress], Timeout = TimeSpan.FromSeconds(60) });
        float[][] rows = Vectors();
        CollectionRequest wish = new() { Metric = "l2", Dimension = Dimension, Codec = "pq:8x4", Partitions = 2 };
        await client.CreateCollectionAsync("wished", wish, Token);

        // The same, but never enough.
        await client.CreateCollectionAsync("small", wish, Token);
        await WriteAsync(client, "small", rows, 0, Needed - 1);
        await WriteAsync(client, "wished", rows, 0, Needed - 1);
        await client.Jobs.WaitAsync(await client.Maintenance.CompactAsync("wished", Token), null, Token);
        CollectionInfo before = await client.GetCollectionAsync("wished", Token);
        Assert.Equal((1L, "pq:8x4"), (before.Generation, before.Codec));
        Assert.DoesNotContain("pq:8x4", before.SegmentCodecs!);

        DateTimeOffset enough = TimeProvider.System.GetUtcNow();
        await WriteAsync(client, "wished", rows, Needed - 1, Rows);
        CollectionInfo after = before;
        await Eventually.HoldsAsync(
            "the collection has another generation",
            async () => (after = await client.GetCollectionAsync("wished", Token)) is { Generation: 2, Documents: Rows },
            Token,
            within: TimeSpan.FromMinutes(2));
        JobInfo job = Assert.Single(await client.Jobs.ListAsync("wished", cancellationToken: Token), job => job.Kind == "reindex");
        JobInfo done = await client.Jobs.WaitAsync(job, null, Token);

        Assert.True(job.CreatedAt >= enough, $"it was started at {job.CreatedAt:O}, before it had enough at {enough:O}");
        Assert.Equal((1L, "pq:8x4", (long)Rows), (after.PreviousGeneration, after.Codec, after.Documents));
        Assert.Equal(["pq:8x4"], after.SegmentCodecs!);
        Assert.Contains("\"published\":true", done.Result!.Value.ToString(), StringComparison.Ordinal);
        for (int row = 0; row < Rows; row += 7)
        {
            QueryReply reply = await client.QueryAsync("wished", new QueryRequest { Vector = rows[row], K = 1 }, Token);
            Assert.True(reply.Complete, reply.Reason);
            Assert.Equal((2L, $"d{row}", 0.0), (reply.Generation, reply.Hits[0].Id, Math.Round(reply.Hits[0].Score, 4)));
        }

        RecallReply recall = await client.MeasureRecallAsync("wished", new RecallRequest { Sample = 50, K = 10 }, Token);
        Assert.True(recall.Recall >= 0.9, $"recall {recall.Recall}, seed {Seed}");

        // The one that lacks a single document is as it was.
        Assert.Equal(1, (await client.GetCollectionAsync("small", Token)).Generation);
        BigrainClientException refusal = await Assert.ThrowsAsync<BigrainClientException>(
            () => client.Maintenance.ReindexAsync("small", new ReindexRequest { Codec = "pq:8x4" }, Token));
        Assert.Equal((ProblemTypes.Conflict, "codec"), (refusal.Problem.Type, refusal.Problem.Field));
        Assert.Contains($"at least {Needed} documents and the collection holds {Needed - 1}", refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(await client.Jobs.ListAsync("small", cancellationToken: Token), started => started.Kind == "reindex");
    }

    private static float[][] Vectors()
    {
        var random = new SeededRandom(Seed);
        return [.. Enumerable.Range(0, Rows).Select(_ => Enumerable.Range(0, Dimension).Select(_ => random.Next(2_000) / 1_000f).ToArray())];
    }

    private static async Task WriteAsync(BigrainClient client, string collection, float[][] rows, int from, int to)
    {
        Document[] documents = [.. Enumerable.Range(from, to - from).Select(row => new Document { Id = $"d{row}", Vector = rows[row] })];
        await client.WriteAsync(collection, new WriteRequest { Documents = documents }, Token);
    }
}
