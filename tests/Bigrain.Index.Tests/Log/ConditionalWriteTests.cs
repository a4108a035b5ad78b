using System.Collections.Immutable;
using System.Text;
using Bigrain.Index.Documents;
using Bigrain.Index.Errors;
using Bigrain.Index.Log;
using Bigrain.Index.Partitions;
using Bigrain.Index.Schema;
using Bigrain.Index.Segments;
using Bigrain.TestKit.Blobs;
using Bigrain.TestKit.Partitions;
using Bigrain.TestKit.Randomness;
using Xunit;

namespace Bigrain.Index.Tests.Log;

/// <summary>Of writers that race over one version exactly one wins, whoever owns the stream and however often a batch is sent.</summary>
public sealed class ConditionalWriteTests
{
    private const int Writers = 8;
    private const int Rounds = 30;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1UL)]
    [InlineData(2UL)]
    public async Task One_of_many_racing_writers_wins_each_round_also_when_the_stream_changes_hands(ulong seed)
    {
        var random = new SeededRandom(seed);
        var store = new MemoryBlobStore();
        await using PartitionRig rig = await PartitionRig.OpenAsync(
            store, Schemas.Dense(2, Metric.L2, 1, 1), new PartitionRigSettings { Partition = new PartitionOptions { FreezeDocuments = 7 } }, Token);
        Partition partition = rig.PartitionOf(0);
        var owners = new List<LogWriter> { await OpenAsync() };
        try
        {
            var current = RowVersion.None;
            var wins = new int?[Writers];
            for (int round = 0; round < Rounds; round++)
            {
                byte[][] batches = [.. Enumerable.Range(0, Writers).Select(writer => Batch($"r{round}w{writer}", ("counter", writer), ($"own{writer}", round)))];
                ImmutableArray<WriteCondition> conditions = [new(0, current)];
                Task<ConditionalWrite>[] sent = [.. batches.Select(batch => Task.Run(() => SendAsync(batch, conditions)))];
                if (random.Chance(0.4))
                {
                    // Opening fences the owner before; what it has on its way is sent again to this one.
                    owners.Add(await OpenAsync());
                }

                ConditionalWrite[] written = await Task.WhenAll(sent);
                int winner = Array.FindIndex(written, write => write.Conflicts.IsEmpty);
                Assert.Single(written, write => write.Conflicts.IsEmpty);
                await partition.CatchUpAsync(Token);
                StoredDocument stored = (await partition.GetAsync(Encoding.UTF8.GetBytes("counter"), Token))!;
                Assert.Equal(winner, (int)stored.Vector[0]);
                Assert.Equal(stored.Version, partition.VersionsOf([Encoding.UTF8.GetBytes("counter")])[0]);
                Assert.Equal(written[winner].Sequence, stored.Version.Sequence);

                // The same batches again: the winner hears the same, the others are too late for ever.
                for (int writer = 0; writer < Writers; writer++)
                {
                    ConditionalWrite again = await SendAsync(batches[writer], conditions);
                    Assert.Equal(writer == winner, again.Conflicts.IsEmpty);
                    Assert.Equal(writer == winner ? written[winner].Sequence : 0, again.Sequence);
                }

                current = stored.Version;
                wins[winner] = round;
                await partition.MaintainAsync(Token);
            }

            // A refused batch left nothing behind: the rest of it neither.
            for (int writer = 0; writer < Writers; writer++)
            {
                StoredDocument? own = await partition.GetAsync(Encoding.UTF8.GetBytes($"own{writer}"), Token);
                Assert.Equal(wins[writer], (int?)own?.Vector[0]);
            }
        }
        finally
        {
            foreach (LogWriter owner in owners)
            {
                await owner.DisposeAsync();
            }
        }

        async Task<LogWriter> OpenAsync()
        {
            LogWriter writer = await LogWriter.OpenAsync(
                new StreamKey(rig.Head.Incarnation, 0), store, TimeProvider.System, new SeededRandom(seed + 100), new LogWriterOptions(), null, Token);
            writer.VersionReader = async (ids, sequence, cancel) =>
            {
                await partition.CatchUpAsync(cancel);
                Assert.True(partition.AppliedSequence(0) >= sequence);
                return partition.VersionsOf(ids);
            };
            return writer;
        }

        async Task<ConditionalWrite> SendAsync(byte[] batch, ImmutableArray<WriteCondition> conditions)
        {
            while (true)
            {
                LogWriter owner = owners[^1];
                try
                {
                    return await owner.WriteAsync(batch, conditions, Token);
                }
                catch (BigrainException error) when (error.Code is ErrorCode.Fenced or ErrorCode.Unavailable)
                {
                    await Task.Yield();
                }
            }
        }
    }

    [Fact]
    public void Writes_of_one_group_see_those_before_them()
    {
        byte[] x = Encoding.UTF8.GetBytes("x");
        byte[] y = Encoding.UTF8.GetBytes("y");
        var group = new GroupConditions([x, y], [new RowVersion(7, 1), RowVersion.None]);

        // Refused whole: y is not taken in either.
        Assert.Equal(
            [new WriteCondition(1, new RowVersion(7, 1))],
            group.Accept(Parse(Batch("a", ("y", 1), ("x", 1))), [new(0, RowVersion.None), new(1, new RowVersion(7, 0))]));
        Assert.Empty(group.Accept(Parse(Batch("b", ("y", 1), ("x", 1))), [new(0, RowVersion.None), new(1, new RowVersion(7, 1))]));

        // x has a version now that nobody can know; a delete makes it absent.
        Assert.Single(group.Accept(Parse(Batch("c", ("x", 2))), [new(0, new RowVersion(7, 1))]));
        Assert.Single(group.Accept(Parse(Batch("c", ("x", 2))), [new(0, RowVersion.None)]));
        var delete = new LogBatchBuilder(1, "d");
        delete.AddDelete(x, XxIdHash.Instance.Hash(x));
        Assert.Empty(group.Accept(Parse(delete.Build()), []));
        Assert.Empty(group.Accept(Parse(Batch("e", ("x", 3))), [new(0, RowVersion.None)]));

        // Twice in one batch: the second sees the first.
        Assert.Single(group.Accept(Parse(Batch("f", ("x", 4), ("x", 5))), [new(1, RowVersion.None)]));
    }

    [Fact]
    public async Task Versions_that_cannot_be_read_hold_up_only_those_that_asked_for_them()
    {
        var store = new MemoryBlobStore();
        await using LogWriter writer = await LogWriter.OpenAsync(
            new StreamKey(new CollectionIncarnation(new string('a', 32)), 0), store, TimeProvider.System, new SeededRandom(1), new LogWriterOptions(), null, Token);
        Task<ConditionalWrite> conditional = writer.WriteAsync(Batch("a", ("x", 1)), [new(0, RowVersion.None)], Token);
        Task<long> plain = writer.WriteAsync(Batch("b", ("x", 1)), Token);
        BigrainException error = await Assert.ThrowsAsync<BigrainException>(() => conditional);
        Assert.Equal(ErrorCode.Unavailable, error.Code);
        Assert.True(await plain > 0);
    }

    [Theory]
    [InlineData("0", 0, 0)]
    [InlineData("12-3", 12, 3)]
    public void Versions_have_a_form_to_send(string text, long sequence, int row)
    {
        Assert.True(RowVersion.TryParse(text, out RowVersion version));
        Assert.Equal(new RowVersion(sequence, row), version);
        Assert.Equal(text, version.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("-")]
    [InlineData("1")]
    [InlineData("0-1")]
    [InlineData("1-")]
    [InlineData("-1-1")]
    [InlineData("1-2-3")]
    [InlineData("99999999999999999999-1")]
    public void What_is_no_version_is_refused(string? text) => Assert.False(RowVersion.TryParse(text, out _));

    private static LogBatch Parse(byte[] batch) => LogBatch.Parse(batch, "test");

    private static byte[] Batch(string batchId, params (string Id, float Value)[] rows)
    {
        var builder = new LogBatchBuilder(1, batchId);
        foreach ((string id, float value) in rows)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(id);
            builder.AddUpsert(bytes, XxIdHash.Instance.Hash(bytes), [value, 1], "{}"u8.ToArray(), null);
        }

        return builder.Build();
    }
}
