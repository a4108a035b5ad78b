using System.Text;
using Bigrain.Index.Errors;
using Bigrain.Index.Queries;
using Bigrain.Index.Schema;
using Xunit;

namespace Bigrain.Index.Tests.Queries;

public sealed class QueryCoordinatorTests
{
    [Fact]
    public async Task Hits_of_all_silos_are_merged_and_ties_are_broken_by_id()
    {
        var transport = new FakeTransport
        {
            ["a"] = Silo(("x", 1f), ("m", 3f)),
            ["b"] = Silo(("k", 1f), ("z", 2f)),
        };

        QueryAnswer answer = await SearchAsync(transport, k: 3);

        Assert.Equal(["k", "x", "z"], answer.Hits.Select(hit => Encoding.UTF8.GetString(hit.Id.Span)));
        Assert.True(answer.Complete);
        Assert.Equal(2, answer.PartitionsAnswered);
        Assert.Equal(3, answer.Cost.RecordsVerified);
    }

    [Fact]
    public async Task The_cut_spans_all_silos()
    {
        // The two certain candidates of b put every candidate of a out of reach.
        var transport = new FakeTransport
        {
            ["a"] = Silo(("far", 9f), ("farther", 10f)),
            ["b"] = Silo(("near", 1f), ("next", 2f)),
        };

        QueryAnswer answer = await SearchAsync(transport, k: 2);

        Assert.Equal(0, transport["a"].VerifyCalls);
        Assert.Equal(2, answer.Cost.RecordsVerified);
    }

    [Fact]
    public async Task A_silo_that_is_lost_before_its_verification_leaves_the_best_of_the_rest()
    {
        FakeSilo lost = Silo(("near", 1f), ("next", 2f));
        lost.IsLostAfterSearch = true;
        var transport = new FakeTransport { ["a"] = Silo(("far", 9f), ("farther", 10f)), ["b"] = lost };

        QueryAnswer answer = await SearchAsync(transport, k: 2);

        Assert.Equal(["far", "farther"], answer.Hits.Select(hit => Encoding.UTF8.GetString(hit.Id.Span)));
        Assert.Equal("unreachable", answer.Reason);
        Assert.Equal([1], answer.Missing.Select(missing => missing.Partition));
        Assert.Equal((2, 1), (answer.PartitionsAsked, answer.PartitionsAnswered));
    }

    [Fact]
    public async Task A_silo_that_fails_is_missing_and_the_answer_says_so()
    {
        var transport = new FakeTransport
        {
            ["a"] = Silo(("x", 1f)),
            ["b"] = new FakeSilo { Failure = new BigrainException(ErrorCode.Unavailable, "gone") },
        };

        QueryAnswer answer = await SearchAsync(transport, k: 1);

        Assert.False(answer.Complete);
        Assert.Equal("unreachable", answer.Reason);
        Assert.Equal([1], answer.Missing.Select(missing => missing.Partition));
        Assert.Equal(1, answer.PartitionsAnswered);
    }

    [Fact]
    public async Task A_silo_that_does_not_answer_in_time_is_missing()
    {
        var transport = new FakeTransport { ["a"] = Silo(("x", 1f)), ["b"] = new FakeSilo { Hangs = true } };

        QueryAnswer answer = await SearchAsync(transport, k: 1, TimeSpan.FromMilliseconds(200));

        Assert.Equal("unreachable", answer.Reason);
        Assert.Single(answer.Hits);
    }

    [Fact]
    public async Task No_answer_at_all_is_an_error_with_its_remedy()
    {
        var slow = new FakeTransport { ["a"] = new FakeSilo { Hangs = true } };
        var full = new FakeTransport { ["a"] = new FakeSilo { Failure = new BigrainException(ErrorCode.Overloaded, "full") } };

        BigrainException late = await Assert.ThrowsAsync<BigrainException>(() => SearchAsync(slow, 1, TimeSpan.FromMilliseconds(100)));
        BigrainException refused = await Assert.ThrowsAsync<BigrainException>(() => SearchAsync(full, 1));

        Assert.Equal(ErrorCode.DeadlineExceeded, late.Code);
        Assert.Equal(ErrorCode.Overloaded, refused.Code);
    }

    [Fact]
    public async Task A_partition_that_is_not_ready_or_behind_is_missing_with_its_reason()
    {
        foreach ((PartitionAnswer state, string reason) in new[]
        {
            (PartitionAnswer.NotReady, "notReady"), (PartitionAnswer.Behind, "behind"), (PartitionAnswer.Corrupt, "corrupt"),
        })
        {
            FakeSilo silo = Silo(("x", 1f));
            silo.Answer = state;
            QueryAnswer answer = await SearchAsync(new FakeTransport { ["a"] = silo }, k: 1);
            Assert.Equal(reason, answer.Reason);
        }
    }

    [Fact]
    public async Task Unverified_hits_are_never_reported_as_complete()
    {
        FakeSilo silo = Silo(("x", 1f));
        silo.Verifies = false;

        QueryAnswer answer = await SearchAsync(new FakeTransport { ["a"] = silo }, k: 1);

        Assert.Equal(VerificationState.None, answer.Verified);
        Assert.Equal("unverified", answer.Reason);
    }

    [Fact]
    public async Task Cancelling_ends_the_query()
    {
        using var source = new CancellationTokenSource();
        Task<QueryAnswer> running = SearchAsync(new FakeTransport { ["a"] = new FakeSilo { Hangs = true } }, 1, null, source.Token);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    private static FakeSilo Silo(params (string Id, float Distance)[] documents) => new() { Documents = documents };

    private static Task<QueryAnswer> SearchAsync(
        FakeTransport transport, int k, TimeSpan? budget = null, CancellationToken? cancellationToken = null) =>
        new QueryCoordinator(TimeProvider.System).SearchAsync(
            new QueryPlan
            {
                Incarnation = new CollectionIncarnation("0"),
                Generation = 1,
                Targets = [.. transport.Keys.Select((silo, partition) => new PartitionTarget(partition, 1, [silo]))],
                Representation = 0,
                Metric = Metric.L2,
                Vector = new float[] { 0 },
                K = k,
                Budget = budget ?? TimeSpan.FromSeconds(30),
            },
            transport,
            cancellationToken ?? TestContext.Current.CancellationToken);

    private sealed class FakeSilo
    {
        public (string Id, float Distance)[] Documents { get; init; } = [];

        public Exception? Failure { get; init; }

        public bool Hangs { get; init; }

        public bool Verifies { get; set; } = true;

        public PartitionAnswer Answer { get; set; }

        public bool IsLostAfterSearch { get; set; }

        public int VerifyCalls { get; set; }
    }

    private sealed class FakeTransport : Dictionary<string, FakeSilo>, ISearchTransport
    {
        public async Task<byte[]> SearchAsync(string silo, byte[] request, CancellationToken cancellationToken)
        {
            FakeSilo fake = this[silo];
            if (fake.Hangs)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            }

            if (fake.Failure is { } failure)
            {
                throw failure;
            }

            return new SearchReply
            {
                Ticket = 7,
                Answers = [.. SearchRequest.Decode(request).Partitions.Select(_ => fake.Answer)],
                Candidates = [.. fake.Documents.Select((document, slot) => new SearchCandidate(0, slot, document.Distance, 0.1f))],
                Cost = default,
            }.Encode();
        }

        public Task<byte[]> VerifyAsync(string silo, byte[] request, CancellationToken cancellationToken)
        {
            FakeSilo fake = this[silo];
            fake.VerifyCalls++;
            if (fake.IsLostAfterSearch)
            {
                throw new BigrainException(ErrorCode.Unavailable, "gone");
            }

            VerifyRequest verify = VerifyRequest.Decode(request);
            Assert.Equal(7, verify.Ticket);
            return Task.FromResult(new VerifyReply
            {
                Hits = [.. verify.Candidates.Select(candidate => new QueryHit(
                    Encoding.UTF8.GetBytes(fake.Documents[candidate.Slot].Id), candidate.Estimate, fake.Verifies, default, false))],
                CorruptPartitions = [],
                Cost = new QueryCost(0, 0, 0, verify.Candidates.Length, 0, 0),
            }.Encode());
        }
    }
}
