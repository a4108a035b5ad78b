using System.Text;
using Bigrain.Index.Documents;
using Bigrain.Index.Errors;
using Bigrain.Index.Partitions;
using Bigrain.Index.Routing;
using Bigrain.Index.Schema;
using Bigrain.TestKit.Blobs;
using Bigrain.TestKit.Partitions;
using Bigrain.TestKit.Randomness;
using Xunit;

namespace Bigrain.Index.Tests.Partitions;

public sealed class DocumentPagerTests
{
    private const int Dimension = 4;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, 0)]
    [InlineData(7, 0)]
    [InlineData(50, 0)]
    [InlineData(13, 3)]
    public async Task Every_document_that_stays_comes_once_while_others_come_and_go_and_segments_are_merged(int limit, ulong hashes)
    {
        IIdHash hash = hashes == 0 ? XxIdHash.Instance : new FewHashes(hashes);
        var random = new SeededRandom(7);
        await using PartitionRig rig = await PartitionRig.OpenAsync(
            new MemoryBlobStore(),
            Schemas.Dense(Dimension, Metric.L2, partitions: 3, streams: 2),
            new PartitionRigSettings { IdHash = hash, Partition = new PartitionOptions { FreezeDocuments = 40 } },
            Cancel);
        Dictionary<string, float[]> staying = Enumerable.Range(0, 200).ToDictionary(i => $"stay{i}", i => new float[] { i, 1, 2, 3 });
        await rig.WriteAsync(staying.Select(row => (row.Key, (float[]?)row.Value, $$"""{"of":"{{row.Key}}"}""")), Cancel);
        await rig.WriteAsync(Enumerable.Range(0, 60).Select(i => ($"gone{i}", (float[]?)new float[Dimension], "")), Cancel);
        await rig.WriteAsync(Enumerable.Range(0, 20).Select(i => ($"expired{i}", (float[]?)new float[Dimension], "")), Cancel, expiresAt: 1);
        foreach (Partition partition in rig.Host.Partitions)
        {
            await partition.FreezeAsync(Cancel);
        }

        await rig.WriteAsync(Enumerable.Range(0, 60).Select(i => ($"gone{i}", (float[]?)null, "")), Cancel);
        var seen = new List<PagedDocument>();
        DocumentCursor? after = null;
        int churn = 0;
        while (true)
        {
            DocumentPage? page = await PageAsync(rig, after, limit);
            if (page is null)
            {
                break;
            }

            seen.AddRange(page.Documents);
            after = page.Documents[^1].Cursor;
            if (random.Chance(0.3) && churn < 25)
            {
                // Others come and go; the order and the ids of those that stay are not touched by it.
                churn++;
                await rig.WriteAsync([($"new{churn}", new float[Dimension], ""), ($"new{churn - 5}", null, "")], Cancel);
                Partition touched = rig.PartitionOf(random.Next(3));
                await (random.Chance(0.5) ? touched.CompactAsync(Cancel) : touched.FreezeAsync(Cancel));
            }
        }

        string[] ids = [.. seen.Select(document => Encoding.UTF8.GetString(document.Id.Span))];
        Assert.Equal(ids.Length, ids.Distinct().Count());
        Assert.Empty(staying.Keys.Except(ids));
        Assert.DoesNotContain(ids, id => id.StartsWith("gone", StringComparison.Ordinal) || id.StartsWith("expired", StringComparison.Ordinal));
        Assert.True(seen.Zip(seen.Skip(1)).All(pair => pair.First.Cursor.IsBefore(pair.Second.IdHash, pair.Second.Id.Span)));
        foreach (PagedDocument document in seen.Where(document => staying.ContainsKey(Encoding.UTF8.GetString(document.Id.Span))))
        {
            string id = Encoding.UTF8.GetString(document.Id.Span);
            Assert.Equal(staying[id], document.Vector);
            Assert.Equal($$"""{"of":"{{id}}"}""", Encoding.UTF8.GetString(document.Payload.Span));
        }
    }

    [Fact]
    public async Task A_page_ends_at_its_bytes_and_never_empty()
    {
        await using PartitionRig rig = await PartitionRig.OpenAsync(
            new MemoryBlobStore(), Schemas.Dense(Dimension, Metric.L2, partitions: 1, streams: 1), new PartitionRigSettings(), Cancel);
        string payload = $$"""{"text":"{{new string('x', 1_000)}}"}""";
        await rig.WriteAsync(Enumerable.Range(0, 300).Select(i => ($"d{i}", (float[]?)new float[] { i, 0, 0, 0 }, payload)), Cancel);
        DocumentPage tiny = await rig.PartitionOf(0).PageAsync(null, 1_000, 1, Cancel);
        DocumentPage some = await rig.PartitionOf(0).PageAsync(null, 1_000, 50_000, Cancel);
        DocumentPage all = await rig.PartitionOf(0).PageAsync(null, 300, 1 << 30, Cancel);
        Assert.Single(tiny.Documents);
        Assert.InRange(some.Documents.Count, 40, 60);
        Assert.True(tiny.HasMore && some.HasMore);
        Assert.Equal((300, false), (all.Documents.Count, all.HasMore));
        DocumentPage copy = DocumentPage.Decode(some.Encode());
        Assert.Equal(some.Documents.Select(document => document.Cursor.ToString()), copy.Documents.Select(document => document.Cursor.ToString()));
    }

    [Fact]
    public async Task Warming_reads_as_many_dense_bytes_as_asked_for()
    {
        await using PartitionRig rig = await PartitionRig.OpenAsync(
            new MemoryBlobStore(), Schemas.Dense(Dimension, Metric.L2, partitions: 1, streams: 1), new PartitionRigSettings(), Cancel);
        await rig.WriteAsync(Enumerable.Range(0, 2_000).Select(i => ($"d{i}", (float[]?)new float[] { i, 0, 0, 0 }, "")), Cancel);
        Partition partition = rig.PartitionOf(0);
        Assert.Equal(0, await partition.WarmAsync(long.MaxValue, Cancel));
        await partition.CompactAsync(Cancel);
        Assert.Equal(10_000, await partition.WarmAsync(10_000, Cancel));
        Assert.InRange(await partition.WarmAsync(long.MaxValue, Cancel), 2_000 * ((Dimension * 4) + 4), 100_000);
    }

    [Theory]
    [InlineData("")]
    [InlineData("AAAA")]
    [InlineData("not base64!")]
    public void A_cursor_that_no_page_gave_is_refused(string text)
    {
        Assert.Equal("after", Assert.Throws<BigrainException>(() => DocumentCursor.Parse(text, "after")).Field);
        var cursor = new DocumentCursor(ulong.MaxValue - 1, Encoding.UTF8.GetBytes("a/ü"));
        DocumentCursor read = DocumentCursor.Parse(cursor.ToString(), "after");
        Assert.Equal((cursor.IdHash, "a/ü"), (read.IdHash, Encoding.UTF8.GetString(read.Id.Span)));
    }

    private static async Task<DocumentPage?> PageAsync(PartitionRig rig, DocumentCursor? after, int limit)
    {
        int partitions = rig.Generation.PartitionCount;
        for (int partition = after is null ? 0 : HashRange.Of(after.IdHash, partitions); partition < partitions; partition++)
        {
            DocumentPage page = await rig.PartitionOf(partition).PageAsync(after, limit, 1 << 20, Cancel);
            if (page.Documents.Count > 0)
            {
                return page;
            }

            Assert.False(page.HasMore);
        }

        return null;
    }

    private sealed class FewHashes(ulong count) : IIdHash
    {
        public ulong Hash(ReadOnlySpan<byte> id) => XxIdHash.Instance.Hash(id) % count * (ulong.MaxValue / count);
    }
}
