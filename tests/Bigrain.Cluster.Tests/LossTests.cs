using System.Diagnostics;
using Bigrain.Grains.Collections;
using Bigrain.Grains.Partitions;
using Bigrain.Index.Errors;
using Bigrain.Index.Log;
using Bigrain.Index.Partitions;
using Bigrain.Index.Queries;
using Orleans.TestingHost;

namespace Bigrain.Cluster.Tests;

public sealed class LossTests
{
    [Fact]
    public async Task A_silo_that_dies_takes_nothing_with_it_where_there_are_two_copies()
    {
        await using SiloCluster cluster = await SiloCluster.StartAsync(3);
        CollectionSnapshot collection = await cluster.CreateAsync("killed", partitions: 6, replicas: 2, streams: 2);
        await cluster.WriteAsync(cluster.Silos[0], collection, "before", Documents.Make(0, 300));
        await cluster.SettleAsync(collection);

        InProcessSiloHandle victim = cluster.Silos[2], asked = cluster.Silos[0];
        Task killed = cluster.KillAsync(victim);
        int whole = 0;
        long began = Stopwatch.GetTimestamp();
        while (!killed.IsCompleted || whole < 5)
        {
            QueryAnswer answer = await cluster.QueryAsync(asked, collection, new float[8], 500);
            if (answer.Complete)
            {
                Assert.Equal(300, answer.Ids().Distinct().Count());
                whole++;
            }

            Assert.True(Stopwatch.GetElapsedTime(began) < SiloCluster.Patience, $"no whole answers: {answer.Reason}");
        }

        await killed;
        await cluster.SettleAsync(collection);
        long[] token = await cluster.WriteAsync(cluster.Silos[1], collection, "after", Documents.Make(300, 100));
        await cluster.CompactAsync("killed");
        QueryAnswer last = await cluster.QueryAsync(asked, collection, new float[8], 500, token);
        Assert.True(last.Complete, last.Reason);
        Assert.Equal(400, last.Ids().Distinct().Count());
    }

    [Fact]
    public async Task With_one_copy_answers_are_flagged_until_another_silo_has_loaded_it()
    {
        await using SiloCluster cluster = await SiloCluster.StartAsync(3);
        CollectionSnapshot collection = await cluster.CreateAsync("single", partitions: 12, replicas: 1, streams: 2);
        await cluster.WriteAsync(cluster.Silos[0], collection, "before", Documents.Make(0, 300));
        await cluster.SettleAsync(collection);
        InProcessSiloHandle asked = cluster.Silos[0];
        InProcessSiloHandle victim = cluster.Silos.First(silo =>
            silo != asked && Enumerable.Range(0, 12).Any(partition => SiloCluster.CopyOf(silo, collection, partition) is not null));
        int[] lost = [.. Enumerable.Range(0, 12).Where(partition => SiloCluster.CopyOf(victim, collection, partition) is not null)];

        Task killed = cluster.KillAsync(victim);
        long began = Stopwatch.GetTimestamp();
        bool whole = false;
        while (!killed.IsCompleted || !whole)
        {
            try
            {
                QueryAnswer answer = await cluster.QueryAsync(asked, collection, new float[8], 500);
                whole = answer.Complete;
                Assert.All(answer.Missing, missing => Assert.Contains(missing.Partition, lost));
                int expected = Enumerable.Range(0, 300).Count(i =>
                    !answer.Missing.Any(missing => missing.Partition == Documents.PartitionOf(collection, Documents.IdOf(i))));
                Assert.True(answer.Ids().Distinct().Count() >= expected, "a partition that is not missing lacks documents");
            }
            catch (Exception error) when (error is not Xunit.Sdk.XunitException)
            {
                Assert.Contains(Grains.Faults.FaultTranslation.FromFault(error).Code, (ErrorCode[])[ErrorCode.Unavailable, ErrorCode.DeadlineExceeded]);
            }

            Assert.True(Stopwatch.GetElapsedTime(began) < SiloCluster.Patience, "never whole again");
        }

        await cluster.SettleAsync(collection);
    }

    [Fact]
    public async Task A_silo_that_leaves_hands_over_first_so_that_no_answer_is_degraded()
    {
        await using SiloCluster cluster = await SiloCluster.StartAsync(3);
        CollectionSnapshot collection = await cluster.CreateAsync("drained", partitions: 6, replicas: 1, streams: 2);
        await cluster.WriteAsync(cluster.Silos[0], collection, "before", Documents.Make(0, 300));
        await cluster.SettleAsync(collection);

        InProcessSiloHandle leaving = cluster.Silos[2], asked = cluster.Silos[0];
        Task drained = cluster.DrainAsync(leaving);
        for (int after = 0; after < 5; after += drained.IsCompleted ? 1 : 0)
        {
            QueryAnswer answer = await cluster.QueryAsync(asked, collection, new float[8], 500);
            Assert.True(answer.Complete, answer.Reason);
            Assert.Equal(300, answer.Ids().Distinct().Count());
        }

        await drained;
        await cluster.SettleAsync(collection);
        long[] token = await cluster.WriteAsync(asked, collection, "after", Documents.Make(300, 50));
        QueryAnswer last = await cluster.QueryAsync(cluster.Silos[1], collection, new float[8], 500, token);
        Assert.True(last.Complete, last.Reason);
        Assert.Equal(350, last.Ids().Distinct().Count());
    }

    [Fact]
    public async Task Every_batch_that_was_acknowledged_while_silos_died_and_joined_is_there_exactly_once()
    {
        await using SiloCluster cluster = await SiloCluster.StartAsync(3);
        CollectionSnapshot collection = await cluster.CreateAsync("ingest", partitions: 4, replicas: 2, streams: 2);
        await cluster.WriteAsync(cluster.Silos[0], collection, "first", Documents.Make(0, 10));
        await cluster.SettleAsync(collection);
        InProcessSiloHandle kept = cluster.Silos[0];
        int written = 10;
        long[] token = [0, 0];

        await WriteWhileAsync(cluster.KillAsync(cluster.Silos[2]));
        await WriteWhileAsync(cluster.AddAsync());
        await WriteWhileAsync(cluster.DrainAsync(cluster.Silos[1]));

        foreach (InProcessSiloHandle via in cluster.Silos)
        {
            QueryAnswer answer = await cluster.QueryAsync(via, collection, new float[8], written + 10, token);
            Assert.True(answer.Complete, answer.Reason);
            Assert.Equal(Enumerable.Range(0, written).Select(Documents.IdOf), answer.Ids().Order(StringComparer.Ordinal));
        }

        for (int stream = 0; stream < 2; stream++)
        {
            var seen = new HashSet<string>();
            var log = new LogReader(cluster.Store, new StreamKey(collection.Head.Incarnation, stream));
            await foreach (LogEntry entry in log.ReadFromAsync(1, TestContext.Current.CancellationToken))
            {
                Assert.All(entry.Batches, batch => Assert.True(seen.Add(batch.BatchId!), $"batch {batch.BatchId} is in the log twice"));
            }
        }

        async Task WriteWhileAsync(Task disturbance)
        {
            for (int after = 0; after < 5; after += disturbance.IsCompleted ? 1 : 0)
            {
                long[] next = await cluster.WriteAsync(kept, collection, $"batch-{written}", Documents.Make(written, 5));
                token = [.. token.Zip(next, Math.Max)];
                written += 5;
            }

            await disturbance;
        }
    }

    [Fact]
    public async Task A_copy_that_is_not_loaded_is_passed_over_for_the_next()
    {
        await using SiloCluster cluster = await SiloCluster.StartAsync(3);
        CollectionSnapshot collection = await cluster.CreateAsync("unloaded", partitions: 1, replicas: 2, streams: 1);
        await cluster.WriteAsync(cluster.Silos[0], collection, "b", Documents.Make(0, 50));
        await cluster.SettleAsync(collection);
        string primary = SiloCluster.OwnersOf(cluster.Silos[0], collection, 0)[0];

        // Away at the primary and, whoever loads it again, asked at once through the silos that do not know.
        await SiloCluster.Of<PartitionHost>(cluster.SiloOf(primary)).CloseAsync(collection.KeyOf(0));
        foreach (InProcessSiloHandle via in cluster.Silos)
        {
            QueryAnswer answer = await cluster.QueryAsync(via, collection, new float[8], 100);
            Assert.True(answer.Complete, answer.Reason);
            Assert.Equal(50, answer.Ids().Length);
        }
    }

    [Fact]
    public async Task A_silo_without_room_refuses_with_numbers_and_the_others_answer()
    {
        string? small = null;
        await using SiloCluster cluster = await SiloCluster.StartAsync(2, memoryOf: name =>
        {
            small ??= name;
            return name == small ? 2_000 : 256L << 20;
        });
        CollectionSnapshot collection = await cluster.CreateAsync("crowded", partitions: 2, replicas: 2, streams: 1);
        InProcessSiloHandle big = cluster.Silos.Single(silo => SiloCluster.NameOf(silo) != small);
        await cluster.WriteAsync(big, collection, "b", Documents.Make(0, 300));
        await cluster.EventuallyAsync("the silo with room holds both", () => Enumerable.Range(0, 2).All(partition => SiloCluster.CopyOf(big, collection, partition) is not null));
        for (int partition = 0; partition < 2; partition++)
        {
            await SiloCluster.CopyOf(big, collection, partition)!.CompactAsync(TestContext.Current.CancellationToken);
        }

        InProcessSiloHandle tight = cluster.SiloOf(small!);
        for (int partition = 0; partition < 2; partition++)
        {
            await SiloCluster.Of<PartitionKeeper>(tight).CloseAsync(collection.KeyOf(partition), TestContext.Current.CancellationToken);
        }

        BigrainException refused = await Assert.ThrowsAsync<BigrainException>(async () =>
        {
            for (int partition = 0; partition < 2; partition++)
            {
                await SiloCluster.Of<PartitionKeeper>(tight).OpenAsync("crowded", collection.KeyOf(partition), TestContext.Current.CancellationToken);
            }
        });
        Assert.Equal(ErrorCode.Overloaded, refused.Code);
        Assert.Matches("[0-9]{4,}", refused.Message);
        foreach (InProcessSiloHandle via in cluster.Silos)
        {
            QueryAnswer answer = await cluster.QueryAsync(via, collection, new float[8], 500);
            Assert.True(answer.Complete, answer.Reason);
            Assert.Equal(300, answer.Ids().Distinct().Count());
        }
    }
}
