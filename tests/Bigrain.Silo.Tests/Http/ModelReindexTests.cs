using System.Collections.Concurrent;
using System.Text.Json;
using Bigrain.Api.Backups;
using Bigrain.Api.Collections;
using Bigrain.Api.Documents;
using Bigrain.Api.Jobs;
using Bigrain.Api.Problems;
using Bigrain.Api.Queries;
using Bigrain.Api.Reindexing;
using Bigrain.Client;
using Bigrain.Index.Models;
using Bigrain.Index.Schema;
using Bigrain.TestKit.Models;
using Bigrain.TestKit.Time;

namespace Bigrain.Silo.Tests.Http;

/// <summary>A trained model on a served collection. Queries are documents turned by a rotation that documents know nothing of; the model's
/// query heads turn them back.</summary>
public sealed class ModelReindexTests(SiloFixture silo) : IClassFixture<SiloFixture>, IAsyncLifetime
{
    private const int Dimension = 16;
    private const int Rows = 1_500;
    private const int Asked = 40;

    private static readonly float[] Documents = ModelMaker.Gaussians(Rows * Dimension, 21);
    private static readonly float[] Turn = ModelMaker.Rotation(Dimension, 22);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await RestartAsync();

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_model_is_published_under_load_and_rolled_back_and_survives_restart_and_backup()
    {
        using BigrainClient client = Client();
        await FillAsync(client, "texts");
        string[] before = await AnswersAsync(client, "texts");
        Assert.True(Share(before) < 0.3, $"{Share(before)} before");

        using var stop = new CancellationTokenSource();
        var seen = new ConcurrentQueue<(int Query, long Generation, string Answer)>();
        Task load = Task.Run(() => AskUntilAsync(client, "texts", seen, stop.Token), Token);
        JobInfo job = await client.Jobs.WaitAsync(await client.Maintenance.ReindexAsync("texts", new ReindexRequest(), Model(lambda: 0).ToBlob(), Token), null, Token);
        string[] after = await AnswersAsync(client, "texts");
        CollectionInfo info = await client.GetCollectionAsync("texts", Token);
        await Eventually.HoldsAsync("the load met the model", () => seen.Any(one => one.Generation == 2), Token);
        await client.Jobs.WaitAsync(await client.Maintenance.ReindexStepAsync("texts", ReindexSteps.Rollback, new ReindexRequest(), Token), null, Token);
        string[] rolled = await AnswersAsync(client, "texts");
        await stop.CancelAsync();
        await load;

        Assert.True(Share(after) > 0.95, $"{Share(after)} after");
        Assert.Equal(before, rolled);
        Assert.Equal((2L, "head", "pq:8x4"), (info.Generation, info.Representations![0].Coarse!.Source, info.Representations[0].Codec));
        Assert.True(JsonDocument.Parse(job.Result!.Value.Utf8).RootElement.GetProperty("recallAfter").GetDouble() > 0.9, job.Result.ToString());
        Assert.Contains(seen, one => one.Generation == 2);
        Assert.All(seen, one => Assert.Equal((one.Generation == 2 ? after : before)[one.Query], one.Answer));

        // Once more: for a write that is only in the tail, a backup and a restart.
        await client.Jobs.WaitAsync(await client.Maintenance.ReindexAsync("texts", new ReindexRequest(), Model(lambda: 0).ToBlob(), Token), null, Token);
        await client.WriteAsync("texts", new WriteRequest { Documents = [new Document { Id = "new", Vector = ModelMaker.Gaussians(Dimension, 99) }] }, Token);
        Assert.Equal("new", await AskAsync(client, "texts", ModelMaker.Gaussians(Dimension, 99)));
        string[] again = await AnswersAsync(client, "texts");
        await client.Jobs.WaitAsync(await client.Backups.CreateAsync("texts", "texts-1", Token), null, Token);
        await client.Jobs.WaitAsync(await client.Backups.RestoreAsync("texts-1", new RestoreBackupRequest { Collection = "texts-2" }, Token), null, Token);
        await RestartAsync();
        using BigrainClient later = Client();
        Assert.Equal(again, await AnswersAsync(later, "texts"));
        Assert.Equal(again, await AnswersAsync(later, "texts-2"));
        Assert.Equal("new", await AskAsync(later, "texts-2", ModelMaker.Gaussians(Dimension, 99)));

        // Another spread keeps the model, another codec gives it up.
        await later.Jobs.WaitAsync(await later.Maintenance.ReindexAsync("texts-2", new ReindexRequest { Partitions = 3 }, Token), null, Token);
        Assert.Equal("head", (await later.GetCollectionAsync("texts-2", Token)).Representations![0].Coarse!.Source);
        Assert.True(Share(await AnswersAsync(later, "texts-2")) > 0.95);
        await later.Jobs.WaitAsync(await later.Maintenance.ReindexAsync("texts-2", new ReindexRequest { Codec = "auto", MaxRecallLoss = 1 }, Token), null, Token);
        Assert.Equal("self", (await later.GetCollectionAsync("texts-2", Token)).Representations![0].Coarse!.Source);
        Assert.True(Share(await AnswersAsync(later, "texts-2")) < 0.3);
    }

    [Fact]
    public async Task With_every_document_verified_the_answer_is_the_exact_order_of_the_final_score()
    {
        using BigrainClient client = Client();
        await FillAsync(client, "mixed");
        TrainedModel model = Model(lambda: 0.4f, documentHead: true, shortlist: Rows + 10);
        await client.Jobs.WaitAsync(
            await client.Maintenance.ReindexAsync("mixed", new ReindexRequest { Sample = 0 }, model.ToBlob(), Token), null, Token);
        await client.WriteAsync("mixed", new WriteRequest { Documents = [new Document { Id = "tail", Vector = ModelMaker.Gaussians(Dimension, 98) }] }, Token);
        RecallReply recall = await client.MeasureRecallAsync("mixed", new RecallRequest { Sample = 50, K = 10 }, Token);
        Assert.Equal((1.0, Rows + 1L), (recall.Recall, recall.Documents));

        // The score of the first hit, by hand.
        var transform = new ModelTransform(model);
        float[] query = Query(5);
        QueryReply reply = await client.QueryAsync("mixed", new QueryRequest { Vector = query, K = 1 }, Token);
        float[] document = Row(int.Parse(reply.Hits[0].Id, System.Globalization.CultureInfo.InvariantCulture));
        float[] headed = new float[Dimension];
        transform.DocumentHead!.Apply(document, headed);
        Bigrain.Index.Coarse.RankDistance.Normalise(document);
        float[] rotated = ModelMaker.Turn(model.Content.Rotation, document, transposed: false);
        float[] values = new float[Dimension];
        model.Content.Codebooks.Encode(rotated, new byte[8], values);
        float[] coarse = ModelMaker.Turn(model.Content.Rotation, transform.CoarseQuery(query), transposed: false);
        double expected = Dot(transform.DenseQuery(query), headed) + (0.4 * Dot(coarse, values));
        Assert.Equal(expected, reply.Hits[0].Score, 1e-5);
    }

    [Fact]
    public async Task A_model_that_waits_is_verified_and_published_whatever_it_loses_unless_a_limit_is_given()
    {
        using BigrainClient client = Client();
        await FillAsync(client, "waits");
        JobInfo built = await client.Jobs.WaitAsync(
            await client.Maintenance.ReindexAsync("waits", new ReindexRequest { Publish = false, MinRecall = 0, K = 100 }, Model(lambda: 0, shortlist: 110).ToBlob(), Token), null, Token);
        JsonElement report = JsonDocument.Parse(built.Result!.Value.Utf8).RootElement;
        (double before, double after) = (report.GetProperty("recallBefore").GetDouble(), report.GetProperty("recallAfter").GetDouble());
        Assert.True(after > 0.1 && after < before - 0.02, $"{before} before, {after} after");
        double enough = after - 0.01;

        BigrainClientException limited = await Assert.ThrowsAsync<BigrainClientException>(async () => await client.Jobs.WaitAsync(
            await StepAsync(ReindexSteps.Verify, new ReindexRequest { K = 100, MinRecall = enough, MaxRecallLoss = 0.01 }), null, Token));
        Assert.Contains("and a loss of at most 0.01 were asked", limited.Message, StringComparison.Ordinal);
        JobInfo verified = await client.Jobs.WaitAsync(await StepAsync(ReindexSteps.Verify, new ReindexRequest { K = 100, MinRecall = enough }), null, Token);
        JobInfo published = await client.Jobs.WaitAsync(await StepAsync(ReindexSteps.Publish, new ReindexRequest { K = 100, MinRecall = enough }), null, Token);
        Assert.Equal(("build", "verify", "publish"), (built.Action, verified.Action, published.Action));
        Assert.Equal(2, (await client.GetCollectionAsync("waits", Token)).Generation);

        BigrainClientException slip = await Assert.ThrowsAsync<BigrainClientException>(() => StepAsync(ReindexSteps.Discard, new ReindexRequest()));
        Assert.Equal((ProblemTypes.Conflict, "previous"), (slip.Problem.Type, slip.Problem.Field));
        JobInfo discarded = await client.Jobs.WaitAsync(await StepAsync(ReindexSteps.Discard, new ReindexRequest { Previous = true }), null, Token);
        Assert.Equal(("discard", """{"discarded":1,"previous":true}"""), (discarded.Action, discarded.Result!.Value.ToString()));

        Task<JobInfo> StepAsync(string step, ReindexRequest request) => client.Maintenance.ReindexStepAsync("waits", step, request, Token);
    }

    [Fact]
    public async Task A_model_that_does_not_fit_is_refused_before_anything_is_built()
    {
        using BigrainClient client = Client();
        await client.CreateCollectionAsync("plain", new CollectionRequest { Metric = "l2", Dimension = Dimension }, Token);
        await client.CreateCollectionAsync("other", new CollectionRequest { Metric = "cosine", Dimension = Dimension + 1 }, Token);
        await client.CreateCollectionAsync("right", new CollectionRequest { Metric = "cosine", Dimension = Dimension }, Token);
        byte[] file = Model(lambda: 0).ToBlob().ToArray();
        await RefusedAsync("plain", new ReindexRequest(), file, "compares by l2");
        await RefusedAsync("other", new ReindexRequest(), file, "16 dimensions");
        await RefusedAsync("right", new ReindexRequest { Codec = "flat" }, file, "codec");
        await RefusedAsync("right", new ReindexRequest { Partition = [0] }, file, "model does not go with partition");
        file[^20] ^= 1;
        await RefusedAsync("right", new ReindexRequest(), file, "no sound model");
        await RefusedAsync("right", new ReindexRequest(), [], "no sound model");
        Assert.Equal(1, (await client.GetCollectionAsync("right", Token)).Generation);
        Assert.Empty(await client.Jobs.ListAsync("right", cancellationToken: Token));

        async Task RefusedAsync(string collection, ReindexRequest request, byte[] model, string reason)
        {
            BigrainClientException refusal = await Assert.ThrowsAsync<BigrainClientException>(() => client.Maintenance.ReindexAsync(collection, request, model, Token));
            Assert.Equal(ProblemTypes.InvalidArgument, refusal.Problem.Type);
            Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
        }
    }

    private static TrainedModel Model(float lambda, bool documentHead = false, int shortlist = 100) => TrainedModel.Create(
        ModelMaker.Codes(Documents, Dimension, Metric.Cosine, subspaces: 8, bits: 4, seed: 23) with
        {
            SparseQueryHead = ModelMaker.HeadOf(Turn, Dimension),
            DenseQueryHead = ModelMaker.HeadOf(Turn, Dimension),
            DenseDocumentHead = documentHead ? Array.ConvertAll(ModelMaker.Gaussians(Dimension * Dimension, 24), static value => value / 20) : null,
            Lambda = lambda,
            Shortlist = shortlist,
        });

    private static float[] Row(int row) => Documents[(row * Dimension)..((row + 1) * Dimension)];

    private static float[] Query(int number) => ModelMaker.Turn(Turn, Row(number * 31), transposed: true);

    private static double Dot(float[] x, float[] y) => x.Zip(y).Sum(static pair => (double)pair.First * pair.Second);

    private static async Task FillAsync(BigrainClient client, string collection)
    {
        await client.CreateCollectionAsync(collection, new CollectionRequest { Metric = "cosine", Dimension = Dimension, Partitions = 2 }, Token);
        Document[] documents = [.. Enumerable.Range(0, Rows).Select(row => new Document { Id = $"{row}", Vector = Row(row) })];
        await client.WriteAsync(collection, new WriteRequest { Documents = documents }, Token);
    }

    private static async Task<string> AskAsync(BigrainClient client, string collection, float[] document) =>
        (await client.QueryAsync(
            collection, new QueryRequest { Vector = ModelMaker.Turn(Turn, document, transposed: true), K = 1 }, Token)).Hits[0].Id;

    /// <summary>Share of the queries whose document comes first.</summary>
    private static double Share(string[] answers) => answers.Where((answer, i) => answer.StartsWith($"{i * 31}:", StringComparison.Ordinal)).Count() / (double)Asked;

    private static async Task<string[]> AnswersAsync(BigrainClient client, string collection)
    {
        var answers = new string[Asked];
        for (int i = 0; i < Asked; i++)
        {
            answers[i] = Text(await client.QueryAsync(collection, new QueryRequest { Vector = Query(i), K = 5 }, Token));
        }

        return answers;
    }

    private static string Text(QueryReply reply) => string.Join(' ', reply.Hits.Select(hit => FormattableString.Invariant($"{hit.Id}:{hit.Score:0.0000}")));

    private static async Task AskUntilAsync(
        BigrainClient client, string collection, ConcurrentQueue<(int Query, long Generation, string Answer)> seen, CancellationToken stop)
    {
        for (int i = 0; !stop.IsCancellationRequested; i = (i + 1) % Asked)
        {
            QueryReply reply = await client.QueryAsync(collection, new QueryRequest { Vector = Query(i), K = 5 }, Token);
            Assert.True(reply.Complete, reply.Reason);
            seen.Enqueue((i, reply.Generation, Text(reply)));
        }
    }

    /// <summary>A job ends when the generation before is unloaded: that shall not take its ten seconds.</summary>
    private async Task RestartAsync()
    {
        Environment.SetEnvironmentVariable("BIGRAIN_Keeper__UnloadSpareAfter", "00:00:01");
        try
        {
            await silo.RestartAsync();
        }
        finally
        {
            Environment.SetEnvironmentVariable("BIGRAIN_Keeper__UnloadSpareAfter", null);
        }
    }

    private BigrainClient Client() => new(new BigrainClientOptions { Endpoints = [silo.Host.HttpAddress], Timeout = TimeSpan.FromSeconds(60) });
}
