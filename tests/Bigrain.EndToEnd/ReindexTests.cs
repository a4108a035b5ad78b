using System.Text.Json;
using Bigrain.Api.Collections;
using Bigrain.Api.Documents;
using Bigrain.Api.Jobs;
using Bigrain.Api.Reindexing;
using Bigrain.Client;
using Bigrain.EndToEnd.Clusters;
using Bigrain.EndToEnd.Loads;
using Xunit;

namespace Bigrain.EndToEnd;

/// <summary>New generations under a steady load of queries, upserts and deletes.</summary>
[Collection(CodesGroup.Name)]
public sealed class ReindexTests(CodesFixture fixture)
{
    // Enough to learn 256 codewords from.
    private const int Rows = 12_000;
    private const int BatchRows = 1_000;
    private const int Partitions = 12;
    private const int NewPartitions = 5;

    private static readonly TimeSpan JobWithin = TimeSpan.FromMinutes(5);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public Task Reindex_and_rollback_under_load_lose_nothing_and_never_mix_generations() => fixture.RunAsync(RunAsync);

    private static async Task RunAsync(TestCluster cluster)
    {
        NumberSet numbers = new("generations", 20261123, Rows, IngestLoad.Dimension, Partitions) { IsApproximate = true };
        using BigrainClient client = cluster.Client(timeoutSeconds: 60);
        await client.CreateCollectionAsync(
            numbers.Collection,
            new CollectionRequest { Metric = "l2", Dimension = numbers.Dimension, Codec = "rabitq:1", Partitions = Partitions, Replicas = 2 },
            Token);
        foreach (Document[] batch in numbers.Documents.Chunk(BatchRows))
        {
            await client.WriteAsync(numbers.Collection, new WriteRequest { Documents = batch }, Token);
        }

        await client.Jobs.WaitAsync(await client.Maintenance.CompactAsync(numbers.Collection, Token), cancellationToken: Token);
        await using QueryLoad queries = QueryLoad.Start(cluster.Clients(3, timeoutSeconds: 10), 15, numbers);
        await using IngestLoad writes = IngestLoad.Start(cluster.Clients(2, timeoutSeconds: 10), numbers.Collection, byCodes: true);
        await Task.Delay(Window.Of(3, 30), Token);

        var request = new ReindexRequest { Codec = "pq:32x8", Partitions = NewPartitions };
        JobInfo built = await client.Jobs.WaitAsync(await client.Maintenance.ReindexAsync(numbers.Collection, request, Token), cancellationToken: Token)
            .WaitAsync(JobWithin, Token);
        CollectionInfo rebuilt = await client.GetCollectionAsync(numbers.Collection, Token);
        await Task.Delay(Window.Of(3, 30), Token);
        int atRollback = writes.Acknowledged;
        JobInfo back = await client.Jobs.WaitAsync(
                await client.Maintenance.ReindexStepAsync(numbers.Collection, ReindexSteps.Rollback, new ReindexRequest(), Token), cancellationToken: Token)
            .WaitAsync(JobWithin, Token);
        CollectionInfo rolled = await client.GetCollectionAsync(numbers.Collection, Token);
        await Task.Delay(Window.Of(3, 30), Token);
        QueryReport asked = await queries.StopAsync();
        IngestReport written = await writes.StopAsync();
        Results.Note($"reindex {built.Result}; rollback {back.Result} with {writes.Acknowledged - atRollback} batches acknowledged meanwhile and after; {asked}; {written}");

        Assert.Equal((2, NewPartitions), ((int)rebuilt.Generation, rebuilt.Partitions));
        Assert.Contains("pq:32x8", rebuilt.SegmentCodecs!);
        Assert.Equal((1, Partitions, 2), ((int)rolled.Generation, rolled.Partitions, (int)rolled.PreviousGeneration!));
        using JsonDocument report = JsonDocument.Parse(built.Result!.Value.Utf8);
        double before = report.RootElement.GetProperty("recallBefore").GetDouble();
        double after = report.RootElement.GetProperty("recallAfter").GetDouble();
        Assert.InRange(after, Math.Max(0.9, before - 0.01), 1);
        for (int first = 0; first < cluster.Silos.Count; first++)
        {
            using BigrainClient reader = cluster.Client(first, timeoutSeconds: 60);
            Assert.Empty(await writes.CheckAsync(reader, Token, Rows));
        }

        Assert.True(asked.Count(QueryOutcome.Failed) == 0, $"{asked}");
        Assert.True(asked.Count(QueryOutcome.Wrong) == 0, $"{asked}");
        Assert.True(asked.Count(QueryOutcome.Right) > 0.95 * asked.Events.Count, $"{asked}");
        Assert.Equal(0, written.WrongReads);
        Assert.Equal(0, written.Refused);
        Assert.Equal(0, written.Unknown);
        await client.DropCollectionAsync(numbers.Collection, Token);
    }
}
