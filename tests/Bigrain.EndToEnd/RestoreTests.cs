using System.Globalization;
using Bigrain.Api.Backups;
using Bigrain.Api.Collections;
using Bigrain.Api.Documents;
using Bigrain.Api.Jobs;
using Bigrain.Api.Problems;
using Bigrain.Api.Queries;
using Bigrain.Client;
using Bigrain.EndToEnd.Clusters;
using Bigrain.EndToEnd.Loads;
using Bigrain.EndToEnd.Processes;
using Bigrain.Index.Blobs;
using Bigrain.Storage.AzureBlobs;
using Xunit;

namespace Bigrain.EndToEnd;

/// <summary>Backup and restore on three silos, while another collection is written and asked.</summary>
[Collection(CodesGroup.Name)]
public sealed class RestoreTests(CodesFixture fixture)
{
    private const int Seed = 20261123;
    private const int Dimension = 32;
    private const int Partitions = 6;
    private const int Rows = 6_000;
    private const int DeadRows = 300;
    private const int TailRows = 500;
    private const int BatchRows = 1_000;
    private const int OtherRows = 2_000;
    private const int K = 20;
    private const string Books = "books";
    private const string Backup = "books-1";

    private static readonly int Queries = Window.Count(40, 400);
    private static readonly TimeSpan JobWithin = TimeSpan.FromMinutes(2);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public Task A_dropped_collection_comes_back_with_equal_answers_by_its_name_and_by_another_and_a_damaged_backup_is_refused() =>
        fixture.RunAsync(RunAsync);

    private async Task RunAsync(TestCluster cluster)
    {
        NumberSet other = new("shelf", Seed, OtherRows, IngestLoad.Dimension, Partitions) { IsApproximate = true };
        using BigrainClient client = cluster.Client(timeoutSeconds: 60);
        await client.CreateCollectionAsync(
            other.Collection,
            new CollectionRequest { Metric = "l2", Dimension = other.Dimension, Codec = "rabitq:1", Partitions = Partitions, Replicas = 2 },
            Token);
        await WriteAsync(client, other.Collection, other.Documents);
        await EndAsync(client, await client.Maintenance.CompactAsync(other.Collection, Token));
        await FillAsync(client);

        await using QueryLoad queries = QueryLoad.Start(cluster.Clients(3, timeoutSeconds: 10), 15, other);
        await using IngestLoad writes = IngestLoad.Start(cluster.Clients(2, timeoutSeconds: 10), other.Collection, byCodes: true);
        string[] before = await AnswersAsync(silo: 0, Books);

        // 1. Backed up, dropped and restored: every silo gives the answers that one gave before.
        JobInfo made = await EndAsync(client, await client.Backups.CreateAsync(Books, Backup, Token));
        await client.DropCollectionAsync(Books, Token);
        for (int silo = 0; silo < cluster.Silos.Count; silo++)
        {
            Assert.Equal(ProblemTypes.NotFound, await CodeOfAsync(silo, Books));
        }

        JobInfo restored = await EndAsync(client, await client.Backups.RestoreAsync(Backup, new RestoreBackupRequest(), Token));
        await AssertEverywhereAsync(before, Books);

        // 2. Beside it by another name, to which nothing comes that the first one gets.
        await client.WriteAsync(Books, new WriteRequest { Documents = [new Document { Id = "late", Vector = Query(0) }] }, Token);
        await EndAsync(client, await client.Backups.RestoreAsync(Backup, new RestoreBackupRequest { Collection = "books-2" }, Token));
        await AssertEverywhereAsync(before, "books-2");
        QueryReply own = await client.QueryAsync(Books, new QueryRequest { Vector = Query(0), K = 1 }, Token);
        Assert.Equal("late", own.Hits[0].Id);

        // 3. One bit of a segment file, then one of a log entry.
        using AzureBlobStore blobs = fixture.OpenStore();
        foreach (string kind in new[] { "/default.dense", "/wal/" })
        {
            string damaged = await FlipAsync(blobs, await LargestAsync(blobs, kind));
            JobInfo failed = await client.Jobs.WatchAsync(
                await client.Backups.RestoreAsync(Backup, new RestoreBackupRequest { Collection = "books-3" }, Token), null, Token).WaitAsync(JobWithin, Token);
            Assert.Equal((JobStates.Failed, ProblemTypes.DataCorrupt), (failed.State, failed.Error!.Type));
            Assert.Contains($"'{damaged}'", failed.Error.Detail, StringComparison.Ordinal);
            Assert.Equal(ProblemTypes.NotFound, await CodeOfAsync(silo: 1, "books-3"));
            await FlipAsync(blobs, damaged);
        }

        await EndAsync(client, await client.Backups.RestoreAsync(Backup, new RestoreBackupRequest { Collection = "books-3" }, Token));
        await AssertEverywhereAsync(before, "books-3");

        // 4. The other collection has noticed nothing.
        QueryReport asked = await queries.StopAsync();
        IngestReport written = await writes.StopAsync();
        Results.Note($"backup {made.Result} in {Took(made)}; restore {restored.Result} in {Took(restored)}; {Queries} queries at k = {K} equal on each silo; beside it {asked}; {written}");
        for (int silo = 0; silo < cluster.Silos.Count; silo++)
        {
            using BigrainClient reader = fixture.ClientOf(silo);
            Assert.Empty(await writes.CheckAsync(reader, Token, OtherRows));
        }

        Assert.True(asked.Count(QueryOutcome.Failed) == 0, $"{asked}");
        Assert.True(asked.Count(QueryOutcome.Wrong) == 0, $"{asked}");
        Assert.True(asked.Count(QueryOutcome.Right) > 0.95 * asked.Events.Count, $"{asked}");
        Assert.Equal((0, 0, 0), (written.WrongReads, written.Refused, written.Unknown));
        await client.Backups.DeleteAsync(Backup, Token);
        foreach (string name in new[] { Books, "books-2", "books-3", other.Collection })
        {
            await client.DropCollectionAsync(name, Token);
        }
    }

    private static string Took(JobInfo job) => string.Create(CultureInfo.InvariantCulture, $"{(job.EndedAt - job.CreatedAt)?.TotalSeconds:0.0} s");

    private static float[] Query(int index) => Vectors.Make(Seed + 100 + index, 1, Dimension);

    /// <summary>Segments with dead slots in them, and a tail.</summary>
    private static async Task FillAsync(BigrainClient client)
    {
        float[][] vectors = [.. Vectors.Make(Seed, Rows + TailRows, Dimension).Chunk(Dimension)];
        Document[] documents = [.. vectors.Select((vector, row) => new Document { Id = $"b{row}", VectorBase64 = NumberSet.Bytes(vector) })];
        await client.CreateCollectionAsync(
            Books, new CollectionRequest { Metric = "l2", Dimension = Dimension, Codec = "rabitq:1", Partitions = Partitions, Replicas = 2 }, Token);
        await WriteAsync(client, Books, documents.Take(Rows));
        await EndAsync(client, await client.Maintenance.CompactAsync(Books, Token));
        await client.DeleteAsync(Books, new DeleteRequest { Ids = [.. Enumerable.Range(0, DeadRows).Select(static row => $"b{row * 7}")] }, Token);
        await WriteAsync(client, Books, documents.Skip(Rows));
    }

    private static async Task WriteAsync(BigrainClient client, string collection, IEnumerable<Document> documents)
    {
        foreach (Document[] batch in documents.Chunk(BatchRows))
        {
            await client.WriteAsync(collection, new WriteRequest { Documents = batch }, Token);
        }
    }

    private static Task<JobInfo> EndAsync(BigrainClient client, JobInfo job) => client.Jobs.WaitAsync(job, null, Token).WaitAsync(JobWithin, Token);

    private static async Task<string> LargestAsync(AzureBlobStore blobs, string kind)
    {
        BlobEntry? largest = null;
        await foreach (BlobEntry entry in blobs.ListAsync($"backups/{Backup}/", null, Token))
        {
            if (entry.Name.Contains(kind, StringComparison.Ordinal) && entry.LengthBytes > (largest?.LengthBytes ?? 0))
            {
                largest = entry;
            }
        }

        return largest?.Name ?? throw new InvalidOperationException($"the backup has no {kind}");
    }

    private static async Task<string> FlipAsync(AzureBlobStore blobs, string name)
    {
        BlobContent content = (await blobs.ReadAsync(name, Token))!;
        byte[] bytes = content.Bytes.ToArray();
        bytes[bytes.Length / 2] ^= 4;
        Assert.NotNull(await blobs.ReplaceAsync(name, content.Tag, bytes, Token));
        return name;
    }

    private async Task AssertEverywhereAsync(string[] expected, string collection)
    {
        for (int silo = 0; silo < CodesFixture.SiloCount; silo++)
        {
            Assert.Equal(expected, await AnswersAsync(silo, collection));
        }
    }

    /// <summary>Ids and scores, to the last bit, as one silo gives them.</summary>
    private async Task<string[]> AnswersAsync(int silo, string collection)
    {
        using BigrainClient client = fixture.ClientOf(silo);
        string[] answers = new string[Queries];
        for (int i = 0; i < answers.Length; i++)
        {
            QueryReply reply = await client.QueryAsync(
                collection, new QueryRequest { Vector = Query(i), K = K, Consistency = "strong", TimeoutMilliseconds = 30_000 }, Token);
            Assert.True(reply.Complete && reply.Verified == "all", $"query {i} of {collection} at silo {silo}: {reply.Reason}, verified {reply.Verified}");
            Assert.True(reply.Cost.CodesScanned > 0, "the coarse path was not taken");
            answers[i] = string.Join(',', reply.Hits.Select(static hit => string.Create(CultureInfo.InvariantCulture, $"{hit.Id}={hit.Score:R}")));
        }

        return answers;
    }

    private async Task<string?> CodeOfAsync(int silo, string collection)
    {
        using BigrainClient client = fixture.ClientOf(silo);
        try
        {
            await client.QueryAsync(collection, new QueryRequest { Vector = Query(0) }, Token);
            return null;
        }
        catch (BigrainClientException e)
        {
            return e.Code;
        }
    }
}
