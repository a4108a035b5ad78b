using System.Text;
using Bigrain.Index.Catalog;
using Bigrain.Index.Documents;
using Bigrain.Index.Exact;
using Bigrain.Index.Partitions;
using Bigrain.Index.Reindexing;
using Bigrain.Index.Schema;
using Bigrain.Index.Segments;
using Bigrain.Index.Tests.Partitions;
using Bigrain.TestKit.Blobs;
using Bigrain.TestKit.Partitions;
using Bigrain.TestKit.Randomness;
using Xunit;

namespace Bigrain.Index.Tests.Reindexing;

/// <summary>Digests tell whether two generations hold the same documents; exact passes and samples read all of them.</summary>
public sealed class ContentDigestTests
{
    private const int IdCount = 300;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1UL, 4, 3)]
    [InlineData(2UL, 2, 12)]
    public async Task Digests_of_two_generations_agree_until_one_document_differs(ulong seed, int from, int to)
    {
        var random = new SeededRandom(seed);
        var model = new CollectionModel(7, Metric.L2);
        await using PartitionRig rig = await OpenAsync(from, seed);
        await FillAsync(rig, model, random);
        GenerationRecord target = rig.Generation with { Generation = 2, PartitionCount = to };
        var pinned = await rig.PinAsync(Token);
        for (int partition = 0; partition < to; partition++)
        {
            await PartitionBuild.RunAsync(new PartitionBuildRequest(rig.Head, target, partition, pinned, from), rig.Services, null, Token);
        }

        await rig.OpenAsync(target, Token);
        ContentDigest left = Digest(rig, 1);
        ContentDigest right = Digest(rig, 2);
        Assert.Equal(model.Count, left.DocumentCount);
        var same = new DigestComparison();
        same.Add(left, ContentDigest.Decode(right.Encode()));
        Assert.True(same.IsEqual);
        Assert.Equal((model.Count, model.Count), (same.LeftCount, same.RightCount));

        // One document in a newer version: as many documents, another bucket.
        byte[] id = Encoding.UTF8.GetBytes("one more");
        var changed = ContentDigest.Merge([left]);
        changed.Add(id, XxIdHash.Instance.Hash(id), new RowVersion(7, 1));
        var other = ContentDigest.Merge([left]);
        other.Add(id, XxIdHash.Instance.Hash(id), new RowVersion(7, 2));
        var differs = new DigestComparison();
        differs.Add(changed, other);
        Assert.Equal([(int)(XxIdHash.Instance.Hash(id) >> 52)], differs.Unequal);
        differs.Add(changed, ContentDigest.Merge([changed]));
        Assert.True(differs.IsEqual);
        Assert.Equal(2, differs.Rounds);
    }

    [Fact]
    public void A_digest_does_not_depend_on_order_and_counts_every_document()
    {
        var forward = new ContentDigest();
        var backward = new ContentDigest();
        for (int i = 0; i < 5_000; i++)
        {
            Add(forward, i);
            Add(backward, 4_999 - i);
        }

        var comparison = new DigestComparison();
        comparison.Add(forward, backward);
        Assert.True(comparison.IsEqual);
        Assert.Equal(5_000, Enumerable.Range(0, ContentDigest.BucketCount).Sum(forward.CountOf));

        // A document twice and another not at all: counts agree, hashes do not.
        var twice = new ContentDigest();
        for (int i = 0; i < 5_000; i++)
        {
            Add(twice, i == 77 ? 78 : i);
        }

        var unequal = new DigestComparison();
        unequal.Add(forward, twice);
        Assert.InRange(unequal.Unequal.Count, 1, 2);

        static void Add(ContentDigest digest, int i)
        {
            byte[] id = Encoding.UTF8.GetBytes($"id-{i}");
            digest.Add(id, XxIdHash.Instance.Hash(id), new RowVersion(i / 10, i % 10));
        }
    }

    [Theory]
    [InlineData(Metric.L2)]
    [InlineData(Metric.Cosine)]
    [InlineData(Metric.Dot)]
    public async Task An_exact_pass_finds_what_the_model_finds_in_segments_and_tails(Metric metric)
    {
        var random = new SeededRandom(5);
        var model = new CollectionModel(7, metric);
        await using PartitionRig rig = await OpenAsync(3, 5, metric);
        await FillAsync(rig, model, random);
        float[][] queries = [.. Enumerable.Range(0, 9).Select(_ => model.RandomVector(random))];
        var request = new ExactRequest(7, [.. queries.SelectMany(query => query)], 10);
        var replies = new List<ExactReply>();
        foreach (Partition partition in rig.Host.Partitions)
        {
            ExactReply reply = await ExactPass.RunAsync(partition, ExactRequest.Decode(request.Encode()), Token);
            replies.Add(ExactReply.Decode(reply.Encode()));
        }

        ExactReply merged = ExactReply.Merge(replies, 10);
        Assert.Equal(model.Count, merged.DocumentCount);
        for (int i = 0; i < queries.Length; i++)
        {
            Assert.Equal(model.Nearest(queries[i], 10), merged.Hits[i].Select(hit => Encoding.UTF8.GetString(hit.Id.Span)));
        }
    }

    [Fact]
    public async Task A_sample_is_of_living_documents_and_the_same_for_the_same_seed()
    {
        var random = new SeededRandom(6);
        var model = new CollectionModel(7, Metric.L2);
        await using PartitionRig rig = await OpenAsync(2, 6);
        await FillAsync(rig, model, random);
        SampledDocument[] first = SampledDocument.Decode(SampledDocument.Encode(await VectorSample.DrawAsync(rig.PartitionOf(0), 20, 3, Token)));
        SampledDocument[] again = await VectorSample.DrawAsync(rig.PartitionOf(0), 20, 3, Token);
        Assert.InRange(first.Length, 15, 20);
        Assert.Equal(Ids(first), Ids(again));
        Assert.NotEqual(Ids(first), Ids(await VectorSample.DrawAsync(rig.PartitionOf(0), 20, 4, Token)));
        foreach (SampledDocument document in first)
        {
            StoredDocument? stored = await rig.GetAsync(Encoding.UTF8.GetString(document.Id.Span), Token);
            Assert.Equal(stored!.Vector, document.Vector);
        }

        static IEnumerable<string> Ids(SampledDocument[] documents) => documents.Select(document => Encoding.UTF8.GetString(document.Id.Span));
    }

    private static ContentDigest Digest(PartitionRig rig, int generation) => ContentDigest.Merge(
        ContentDigest.Of([.. rig.Host.Partitions.Where(partition => partition.Key.Generation == generation)], Token));

    private static async Task FillAsync(PartitionRig rig, CollectionModel model, SeededRandom random)
    {
        for (int round = 0; round < 12; round++)
        {
            List<(string, float[]?, string)> rows = model.RandomRows(random, 60, IdCount);
            await rig.WriteAsync(rows, Token);
            model.Apply(rows);
            if (round % 3 == 0)
            {
                await rig.PartitionOf(random.Next(rig.Generation.PartitionCount)).FreezeAsync(Token);
            }
        }
    }

    private static Task<PartitionRig> OpenAsync(int partitions, ulong seed, Metric metric = Metric.L2) => PartitionRig.OpenAsync(
        new MemoryBlobStore(), Schemas.Dense(7, metric, partitions, 3), new PartitionRigSettings { Seed = seed }, Token);
}
