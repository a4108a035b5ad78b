using System.Text.Json.Nodes;
using Bigrain.Api.Backups;
using Bigrain.Api.Collections;
using Bigrain.Api.Documents;
using Bigrain.Api.Jobs;
using Bigrain.Api.Problems;
using Bigrain.Api.Queries;
using Bigrain.Client;

namespace Bigrain.Silo.Tests.Http;

public sealed class BackupTests(CodedSiloFixture silo) : IClassFixture<CodedSiloFixture>
{
    private const int Dimension = 24;
    private const int Rows = 1_500;
    private const int Seed = 20_261_123;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_dropped_collection_is_restored_with_equal_ids_order_and_scores()
    {
        using BigrainClient client = Client();
        await FillAsync(client, "books");
        string[] before = await AnswersAsync(client, "books");
        JobInfo made = await client.Jobs.WaitAsync(await client.Backups.CreateAsync("books", "books-monday", Token), null, Token);
        await client.DropCollectionAsync("books", Token);
        Assert.Equal(JobStates.Succeeded, made.State);

        await client.Jobs.WaitAsync(await client.Backups.RestoreAsync("books-monday", new RestoreBackupRequest(), Token), null, Token);

        Assert.Equal(before, await AnswersAsync(client, "books"));
        await client.WriteAsync("books", new WriteRequest { Documents = [new Document { Id = "new", Vector = Vector(9_999) }] }, Token);
        QueryReply own = await client.QueryAsync("books", new QueryRequest { Vector = Vector(9_999), K = 1 }, Token);
        Assert.Equal("new", own.Hits[0].Id);

        // Under another name beside it, with what was written before the backup only.
        await client.Jobs.WaitAsync(
            await client.Backups.RestoreAsync("books-monday", new RestoreBackupRequest { Collection = "books-2" }, Token), null, Token);
        Assert.Equal(before, await AnswersAsync(client, "books-2"));
        BackupInfo listed = Assert.Single((await client.Backups.ListAsync(Token)).Backups, backup => backup.Name == "books-monday");
        Assert.Equal(("books", true), (listed.Collection, listed.Bytes > 0));
    }

    [Fact]
    public async Task Replacing_swaps_to_the_state_of_the_backup_and_old_tokens_do_no_harm()
    {
        using BigrainClient client = Client();
        await FillAsync(client, "films");
        string[] before = await AnswersAsync(client, "films");
        await client.Jobs.WaitAsync(await client.Backups.CreateAsync("films", "films-1", Token), null, Token);
        WriteReply late = await client.WriteAsync("films", new WriteRequest { Documents = [new Document { Id = "late", Vector = Vector(77_777) }] }, Token);

        BigrainClientException refused = await Assert.ThrowsAsync<BigrainClientException>(
            () => client.Backups.RestoreAsync("films-1", new RestoreBackupRequest(), Token));
        await client.Jobs.WaitAsync(
            await client.Backups.RestoreAsync("films-1", new RestoreBackupRequest { Replace = true }, Token), null, Token);

        Assert.Equal(ProblemTypes.Conflict, refused.Problem.Type);

        // The life that was replaced answers nobody any more.
        QueryReply first = await client.QueryAsync("films", new QueryRequest { Vector = Vector(77_777), K = 1, Token = late.Token }, Token);
        Assert.NotEqual("late", first.Hits[0].Id);
        Assert.Equal(before, await AnswersAsync(client, "films"));
    }

    [Fact]
    public async Task A_flipped_bit_refuses_and_names_the_blob()
    {
        using BigrainClient client = Client();
        await FillAsync(client, "maps");
        await client.Jobs.WaitAsync(await client.Backups.CreateAsync("maps", "maps-1", Token), null, Token);
        await client.DropCollectionAsync("maps", Token);
        string root = Path.Combine(silo.Settings.Data, "blobs") + Path.DirectorySeparatorChar;
        string file = Directory.EnumerateFiles(Path.Combine(root, "backups", "maps-1"), "default.dense", SearchOption.AllDirectories).First();
        await using (FileStream stream = File.Open(file, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete))
        {
            stream.Position = stream.Length / 2;
            int value = stream.ReadByte();
            stream.Position--;
            stream.WriteByte((byte)(value ^ 4));
        }

        BigrainClientException error = await Assert.ThrowsAsync<BigrainClientException>(async () =>
            await client.Jobs.WaitAsync(await client.Backups.RestoreAsync("maps-1", new RestoreBackupRequest(), Token), null, Token));

        Assert.Equal(ProblemTypes.DataCorrupt, error.Problem.Type);
        Assert.Contains($"'{file[root.Length..].Replace('\\', '/')}'", error.Problem.Detail, StringComparison.Ordinal);
        Assert.Equal(404, (await silo.GetAsync("/v1/collections/maps")).Status);
    }

    [Fact]
    public async Task Backups_are_refused_deleted_and_unknown_with_the_right_status()
    {
        using BigrainClient client = Client();
        await FillAsync(client, "songs");
        await client.Jobs.WaitAsync(await client.Backups.CreateAsync("songs", "songs-1", Token), null, Token);
        await silo.SendAsync(HttpMethod.Put, "/v1/aliases/tunes", """{"collection":"songs"}""");

        Assert.Equal(409, (await silo.PostAsync("/v1/collections/songs/backup", """{"name":"songs-1"}""")).Status);
        Assert.Equal(400, (await silo.PostAsync("/v1/collections/songs/backup", """{"name":"../x"}""")).Status);
        Assert.Equal(400, (await silo.PostAsync("/v1/collections/songs/backup", "{}")).Status);
        Assert.Equal(404, (await silo.PostAsync("/v1/collections/none/backup", """{"name":"x"}""")).Status);
        (int aliased, JsonNode problem) = await silo.PostAsync("/v1/collections/tunes/backup", """{"name":"x"}""");
        Assert.Equal(409, aliased);
        Assert.Contains("'songs'", problem["detail"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(404, (await silo.PostAsync("/v1/backups/none/restore", """{"collection":"x"}""")).Status);
        Assert.Equal(409, (await silo.PostAsync("/v1/backups/songs-1/restore", "{}")).Status);
        Assert.Equal(204, (await silo.SendAsync(HttpMethod.Delete, "/v1/backups/songs-1")).Status);
        Assert.Equal(404, (await silo.SendAsync(HttpMethod.Delete, "/v1/backups/songs-1")).Status);
    }

    private static float[] Vector(int row)
    {
        var random = new Random(Seed + row);
        return [.. Enumerable.Range(0, Dimension).Select(_ => random.NextSingle())];
    }

    private static async Task FillAsync(BigrainClient client, string name)
    {
        await client.CreateCollectionAsync(name, new CollectionRequest { Metric = "l2", Dimension = Dimension, Codec = "rabitq:1" }, Token);
        await WriteAsync(client, name, Enumerable.Range(0, Rows));
        await client.Jobs.WaitAsync(await client.Maintenance.CompactAsync(name, Token), null, Token);

        // Dead slots in the segments, and a tail.
        await client.DeleteAsync(name, new DeleteRequest { Ids = [.. Enumerable.Range(0, 100).Select(row => $"d{row * 11}")] }, Token);
        await WriteAsync(client, name, Enumerable.Range(Rows, 200));
    }

    private static async Task WriteAsync(BigrainClient client, string name, IEnumerable<int> rows)
    {
        foreach (int[] chunk in rows.Chunk(500))
        {
            await client.WriteAsync(
                name, new WriteRequest { Documents = [.. chunk.Select(row => new Document { Id = $"d{row}", Vector = Vector(row) })] }, Token);
        }
    }

    private static async Task<string[]> AnswersAsync(BigrainClient client, string name)
    {
        var answers = new List<string>();
        for (int query = 0; query < 20; query++)
        {
            QueryReply reply = await client.QueryAsync(
                name, new QueryRequest { Vector = Vector(1_000_000 + query), K = 10, Consistency = "strong", TimeoutMilliseconds = 20_000 }, Token);
            Assert.True(reply.Complete, $"query {query}: {reply.Reason}");
            answers.Add(string.Join(',', reply.Hits.Select(hit => $"{hit.Id}={hit.Score:R}")));
        }

        return [.. answers];
    }

    private BigrainClient Client() => new(new BigrainClientOptions { Endpoints = [silo.Host.HttpAddress], Timeout = TimeSpan.FromSeconds(60) });
}
