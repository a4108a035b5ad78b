using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Bigrain.Api.Collections;
using Bigrain.Api.Jobs;
using Bigrain.Api.Problems;
using Bigrain.Api.Queries;
using Bigrain.Api.Serialization;
using Bigrain.Client;
using Bigrain.EndToEnd.Clusters;
using Bigrain.EndToEnd.Loads;
using Bigrain.EndToEnd.Processes;
using Bigrain.Index.Blobs;
using Bigrain.Index.Partitions;
using Bigrain.Index.Schema;
using Bigrain.Storage.AzureBlobs;
using Xunit;

namespace Bigrain.EndToEnd;

/// <summary>A name is dropped and made again on three silos while it is written, read and asked through all of them, and garbage is collected.</summary>
[Collection(CodesGroup.Name)]
public sealed class RecreateTests(CodesFixture fixture)
{
    private const string Name = "reborn";
    private const int Partitions = 6;
    private const int LeastDocuments = 300;
    private const int LeastAnswers = 60;

    private static readonly int Lives = Window.Count(4, 40);
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public Task A_name_made_again_shows_nothing_of_its_earlier_lives_loses_nothing_of_its_own_and_leaves_no_garbage() => fixture.RunAsync(RunAsync);

    private async Task RunAsync(TestCluster cluster)
    {
        BigrainClient[] silos = [.. Enumerable.Range(0, cluster.Silos.Count).Select(silo => fixture.ClientOf(silo))];
        try
        {
            await RunAsync(cluster, silos);
        }
        finally
        {
            Array.ForEach(silos, static silo => silo.Dispose());
        }
    }

    private async Task RunAsync(TestCluster cluster, BigrainClient[] silos)
    {
        List<Life> lives = [];
        await using RebirthLoad load = RebirthLoad.Start(
            Name,
            cluster.Clients(silos.Length, timeoutSeconds: 10),
            [.. Enumerable.Range(0, silos.Length).Select(silo => fixture.ClientOf(silo, timeoutSeconds: 10))]);
        Task<long> collecting = Task.FromResult(0L);
        long deleted = 0;
        long start = Stopwatch.GetTimestamp();
        for (int round = 0; round < Lives; round++)
        {
            if (lives.Count > 0)
            {
                // A pass is under way while the life ends and the next one begins.
                collecting = CollectAsync(silos[round % silos.Length]);
                load.End();
                await silos[(round + 1) % silos.Length].DropCollectionAsync(Name, Token);
                if (round % 2 == 0)
                {
                    await AssertGoneAsync(silos);
                }
            }

            Life life = await MakeAsync(load, silos[round % silos.Length], round);
            deleted += await collecting + await CollectAsync(silos[round % silos.Length]);
            await LiveAsync(load, silos, life);
            Assert.DoesNotContain(lives, earlier => earlier.Incarnation == life.Incarnation);
            lives.Add(life);
        }

        TimeSpan took = Stopwatch.GetElapsedTime(start);
        await load.StopAsync();
        await AssertRightAsync(load, silos, lives[^1]);
        (IReadOnlyList<string> unsettled, IReadOnlyList<string> old) = await load.ListAsync(silos[0], lives[^1], Token);
        deleted += await CollectAllAsync(silos[0], lives.SkipLast(1));
        Results.Note(string.Create(
            CultureInfo.InvariantCulture,
            $"{lives.Count} lives in {took.TotalSeconds:0.0} s: {load.AcknowledgedCount} documents acknowledged, {unsettled.Count} of unknown outcome in the last one; {load.Summary}; garbage collection deleted {deleted} blobs{string.Concat(load.Problems.Take(10).Select(static problem => $"\n  {problem}"))}"));

        Assert.Empty(load.Problems);
        Assert.Empty(old);
        Assert.True(deleted > 0, "no garbage was collected: the test shows nothing");
        ToolResult verified = await Tool.RunAsync(
            cluster.Silos[0].Environment, "verify", Name, "--blob", fixture.Connection, "--container", fixture.Container);
        Assert.True(verified.ExitCode == 0, $"{verified.Out} {verified.Error}");
        await AssertRightAsync(load, silos, lives[^1]);
        await silos[0].DropCollectionAsync(Name, Token);
    }

    private static async Task AssertRightAsync(RebirthLoad load, BigrainClient[] silos, Life life)
    {
        foreach (BigrainClient silo in silos)
        {
            Assert.Empty(await load.CheckAsync(silo, life, Token));
        }
    }

    private static async Task<Life> MakeAsync(RebirthLoad load, BigrainClient maker, int round)
    {
        (CollectionInfo made, _) = await maker.CreateCollectionAsync(
            Name,
            new CollectionRequest { Metric = "l2", Dimension = RebirthLoad.Dimension, Codec = "rabitq:1", Partitions = Partitions, Replicas = 2 },
            Token);
        Life life = new(round, made.Incarnation!);
        load.Begin(life);
        return life;
    }

    /// <summary>Lets the load work on a life, compacts every other one, and compares.</summary>
    private static async Task LiveAsync(RebirthLoad load, BigrainClient[] silos, Life life)
    {
        await TestCluster.WaitUntilAsync(
            () => Task.FromResult(load.AcknowledgedBy(life).Count >= LeastDocuments && load.AnswersIn(life) >= LeastAnswers),
            Patience,
            $"{LeastDocuments} documents and {LeastAnswers} answers in round {life.Round}");
        if (life.Round % 2 == 0)
        {
            // No pass beside it: with so short a grace each one fences what a merge that lost to the one before has left.
            await silos[0].Jobs.WaitAsync(await silos[0].Maintenance.CompactAsync(Name, Token), null, Token).WaitAsync(Patience, Token);
        }

        await AssertRightAsync(load, silos, life);
    }

    private static async Task AssertGoneAsync(BigrainClient[] silos)
    {
        foreach (BigrainClient silo in silos)
        {
            BigrainClientException error = await Assert.ThrowsAsync<BigrainClientException>(
                () => silo.QueryAsync(Name, new QueryRequest { Vector = new float[RebirthLoad.Dimension] }, Token));
            Assert.Equal(ProblemTypes.NotFound, error.Code);
        }
    }

    /// <summary>One pass with a short grace.</summary>
    /// <returns>How many blobs it deleted.</returns>
    private static async Task<long> CollectAsync(BigrainClient client)
    {
        JobInfo job = await client.Jobs.WaitAsync(await client.Maintenance.CollectGarbageAsync(delete: true, Grace, Token), null, Token);
        return JsonSerializer.Deserialize(job.Result!.Value.Utf8.Span, ApiJson.Default.GcReport)!.DeletedCount;
    }

    /// <summary>Collects until the store holds nothing of earlier lives.</summary>
    private async Task<long> CollectAllAsync(BigrainClient client, IEnumerable<Life> ended)
    {
        using AzureBlobStore blobs = fixture.OpenStore();
        long deleted = 0;
        await TestCluster.WaitUntilAsync(
            async () =>
            {
                deleted += await CollectAsync(client);
                foreach (Life life in ended)
                {
                    await foreach (BlobEntry _ in blobs.ListAsync(DataPaths.Incarnation(new CollectionIncarnation(life.Incarnation)), null, Token))
                    {
                        return false;
                    }
                }

                return true;
            },
            Patience,
            "garbage collection removes the earlier lives");
        return deleted;
    }
}
