using System.Text;
using Bigrain.Index.Errors;
using Bigrain.Index.Queries;
using Bigrain.Index.Schema;
using Bigrain.TestKit.Time;
using Xunit;

namespace Bigrain.Index.Tests.Queries;

/// <summary>The rules by which a query asks again: second try, hedge, repeat, and what the answer says when none of them helps.</summary>
public sealed class GatheringTests
{
    private static readonly BigrainException Gone = new(ErrorCode.Unavailable, "gone");
    private static readonly BigrainException Full = new(ErrorCode.Overloaded, "full") { RetryAfter = TimeSpan.FromMilliseconds(300) };

    private readonly VirtualTime _time = new();
    private readonly ScriptedTransport _transport;
    private QueryParts _parts;

    public GatheringTests()
    {
        _transport = new ScriptedTransport(_time);
        _parts = QueryParts.Create(_time, new QueryOptions());
    }

    [Fact]
    public void Partitions_are_asked_for_by_one_call_to_each_silo()
    {
        QueryAnswer answer = Search("ab", "ba", "ab", "ba");

        Assert.Equal(["search a 0,2", "search b 1,3", "verify a 0,2", "verify b 1,3"], _transport.Calls);
        AssertWhole(answer, 4);
    }

    [Fact]
    public void A_silo_that_is_gone_is_replaced_by_each_partitions_next_at_once()
    {
        _transport["a"].OnSearch(Behaviour.Throws(Gone));

        QueryAnswer answer = Search("ab", "ac", "ca");

        Assert.Equal(["search a 0,1", "search c 2", "search b 0", "search c 1"], _transport.Calls.Take(4));
        AssertWhole(answer, 3);
        Assert.True(_time.Elapsed < TimeSpan.FromMilliseconds(10), $"took {_time.Elapsed}");
    }

    [Fact]
    public void Only_what_is_not_ready_is_asked_for_again()
    {
        _transport["a"].With(1, PartitionAnswer.NotReady);

        QueryAnswer answer = Search("ab", "ab");

        Assert.Equal(["search a 0,1", "search b 1"], _transport.Calls.Take(2));
        AssertWhole(answer, 2);
    }

    [Fact]
    public void A_partition_is_tried_twice_and_no_more()
    {
        _transport["a"].With(0, PartitionAnswer.NotReady);
        _transport["b"].With(0, PartitionAnswer.NotReady);

        QueryAnswer answer = Search("abc", "abc");

        Assert.Equal(["search a 0,1", "search b 0"], _transport.Calls.Where(call => call.StartsWith("search", StringComparison.Ordinal)));
        AssertMissing(answer, "notReady", 0);
        Assert.Equal(ScriptedTransport.IdsOf(1), IdsOf(answer));
    }

    [Fact]
    public void An_overloaded_silo_is_not_replaced_and_its_wait_is_carried_out()
    {
        _transport["a"].OnSearch(Behaviour.Throws(Full));

        QueryAnswer answer = Search("ab", "ba");

        Assert.Equal(["search a 0", "search b 1"], _transport.Calls.Take(2));
        AssertMissing(answer, "overloaded", 0);
        Assert.Equal(TimeSpan.FromMilliseconds(300), answer.RetryAfter);
    }

    [Fact]
    public void When_every_silo_is_overloaded_the_error_says_so()
    {
        _transport["a"].OnSearch(Behaviour.Throws(Full));

        BigrainException error = Assert.Throws<BigrainException>(() => Search("ab"));

        Assert.Equal((ErrorCode.Overloaded, (TimeSpan?)TimeSpan.FromMilliseconds(300)), (error.Code, error.RetryAfter));
    }

    [Fact]
    public void A_fault_of_the_query_itself_is_thrown_and_asked_of_nobody_else()
    {
        _transport["a"].OnSearch(Behaviour.Throws(new BigrainException(ErrorCode.TooLarge, "ask for less", "k")));

        BigrainException error = Assert.Throws<BigrainException>(() => Search("ab", "ba"));

        Assert.Equal(("k", 2), (error.Field, _transport.Calls.Count));
    }

    [Fact]
    public void A_late_silo_is_hedged_after_its_usual_time_and_the_hedge_wins_as_a_whole()
    {
        WarmUp("a");
        _transport["a"].OnSearch(Behaviour.Silent);
        TimeSpan before = _time.Elapsed;

        QueryAnswer answer = Search("ab", "ac");

        Assert.Equal(["search a 0,1", "search b 0", "search c 1", "verify b 0", "verify c 1"], _transport.Calls);
        Assert.Equal(["search a 0,1"], _transport.Cancelled);
        AssertWhole(answer, 2);
        Assert.InRange((_time.Elapsed - before).TotalMilliseconds, 20, 30);
    }

    [Fact]
    public void The_original_wins_when_it_answers_before_all_of_its_hedges()
    {
        WarmUp("a");
        _transport["a"].OnSearch(Behaviour.Late(30));
        _transport["c"].OnSearch(Behaviour.Late(500));

        QueryAnswer answer = Search("ab", "ac");

        Assert.Equal(["verify a 0,1"], _transport.Calls.Where(call => call.StartsWith("verify", StringComparison.Ordinal)));
        Assert.Equal(["search c 1"], _transport.Cancelled);
        AssertWhole(answer, 2);
    }

    [Fact]
    public void A_hedge_that_is_refused_leaves_the_original_in_the_race()
    {
        WarmUp("a");
        _transport["a"].OnSearch(Behaviour.Late(60));
        _transport["b"].OnSearch(Behaviour.Throws(Gone));

        AssertWhole(Search("abc"), 1);
        Assert.Equal(["search a 0", "search b 0", "verify a 0"], _transport.Calls);
    }

    [Fact]
    public void An_original_that_is_refused_leaves_its_hedge_in_the_race()
    {
        WarmUp("a");
        _transport["a"].OnSearch(new Behaviour(TimeSpan.FromMilliseconds(40), Gone));
        _transport["b"].OnSearch(Behaviour.Late(60));

        AssertWhole(Search("abc"), 1);
        Assert.Equal(["search a 0", "search b 0", "verify b 0"], _transport.Calls);
    }

    [Fact]
    public void Without_budget_a_slow_silo_that_answers_others_is_waited_for()
    {
        _parts = QueryParts.Create(_time, new QueryOptions { HedgeBurst = 0 });
        _transport["a"].OnSearch(Behaviour.Late(900));
        QueryAnswer? answer = null;
        _time.Run(async () =>
        {
            Task<QueryAnswer> slow = SearchAsync("ab");
            await Task.Delay(TimeSpan.FromMilliseconds(50), _time, TestContext.Current.CancellationToken);
            _parts.Health.OnAnswer("a", TimeSpan.FromMilliseconds(1));
            answer = await slow;
        });

        Assert.Equal(["search a 0", "verify a 0"], _transport.Calls);
        AssertWhole(answer!, 1);
    }

    [Fact]
    public void Without_budget_a_silo_that_nobody_hears_of_is_replaced_while_there_is_time()
    {
        _parts = QueryParts.Create(_time, new QueryOptions { HedgeBurst = 0 });
        _transport["a"].OnSearch(Behaviour.Silent);

        AssertWhole(Search("ab"), 1);
        Assert.InRange(_time.Elapsed.TotalMilliseconds, 700, 900);
    }

    [Fact]
    public void Hedges_stay_a_small_part_of_the_calls()
    {
        _parts = QueryParts.Create(_time, new QueryOptions { HedgePercent = 5, HedgeBurst = 4, SuspectAfter = 1_000 });
        _transport["a"].OnSearch(Behaviour.Late(150));
        int hedged = 0;
        for (int i = 0; i < 200; i++)
        {
            _transport.Calls.Clear();
            AssertWhole(Search("ab"), 1);
            hedged += _transport.Calls.Contains("search b 0") ? 1 : 0;
        }

        Assert.InRange(hedged, 4, 4 + 10);
    }

    [Fact]
    public void A_silo_silent_several_times_is_asked_last_until_one_query_finds_it_back()
    {
        WarmUp("a");
        _transport["a"].OnSearch(Behaviour.Silent);
        for (int i = 0; i < 3; i++)
        {
            AssertWhole(Search("ab"), 1);
        }

        _transport.Calls.Clear();
        AssertWhole(Search("ab"), 1);
        Assert.Equal(["search b 0", "verify b 0"], _transport.Calls);

        // Its time is up: one query tries it, and it is still silent; then again, and it is back.
        Advance(TimeSpan.FromSeconds(2));
        _transport.Calls.Clear();
        AssertWhole(Search("ab"), 1);
        AssertWhole(Search("ab"), 1);
        Assert.Equal(["search a 0", "search b 0", "verify b 0", "search b 0", "verify b 0"], _transport.Calls);
        _transport["a"].OnSearch(Behaviour.Prompt);
        Advance(TimeSpan.FromSeconds(2));
        _transport.Calls.Clear();
        AssertWhole(Search("ab"), 1);
        AssertWhole(Search("ab"), 1);
        Assert.Equal(["search a 0", "verify a 0", "search a 0", "verify a 0"], _transport.Calls);
    }

    [Fact]
    public void A_suspect_without_a_replacement_is_asked_all_the_same()
    {
        for (int i = 0; i < 3; i++)
        {
            _parts.Health.OnSilence("a", null);
        }

        AssertWhole(Search("a"), 1);
    }

    [Fact]
    public void A_lost_verification_repeats_both_passes_elsewhere()
    {
        _transport["a"].OnVerify(Behaviour.Throws(Gone));

        QueryAnswer answer = Search("ab", "ba");

        Assert.Equal(["search b 0", "verify b 0"], _transport.Calls.TakeLast(2));
        AssertWhole(answer, 2);
    }

    [Fact]
    public void A_silent_verification_repeats_both_passes_elsewhere_while_there_is_time()
    {
        _transport["a"].OnVerify(Behaviour.Silent);

        AssertWhole(Search("ab", "cb"), 2);
        Assert.InRange(_time.Elapsed.TotalMilliseconds, 700, 900);
    }

    [Fact]
    public void A_lost_verification_without_another_candidate_is_missing()
    {
        _transport["a"].OnVerify(Behaviour.Throws(Gone));

        QueryAnswer answer = Search("a", "b");

        AssertMissing(answer, "unreachable", 0);
        Assert.Equal(ScriptedTransport.IdsOf(1), IdsOf(answer));
    }

    [Fact]
    public void A_repeat_that_fails_too_is_missing()
    {
        _transport["a"].OnVerify(Behaviour.Throws(Gone));
        _transport["b"].OnSearch(Behaviour.Prompt, Behaviour.Throws(Gone));

        AssertMissing(Search("ab", "bc"), "unreachable", 0);
    }

    [Fact]
    public void What_is_silent_at_the_deadline_is_missing_and_the_rest_is_answered_in_time()
    {
        _transport["a"].OnSearch(Behaviour.Silent);
        _transport["b"].OnSearch(Behaviour.Silent);

        QueryAnswer answer = Search("ab", "c");

        AssertMissing(answer, "unreachable", 0);
        Assert.Equal(ScriptedTransport.IdsOf(1), IdsOf(answer));
        Assert.InRange(_time.Elapsed.TotalMilliseconds, 1_400, 2_000);
    }

    [Fact]
    public void All_silent_is_an_error_within_the_deadline()
    {
        _transport["a"].OnSearch(Behaviour.Silent);
        _transport["b"].OnSearch(Behaviour.Silent);

        Assert.Equal(ErrorCode.DeadlineExceeded, Assert.Throws<BigrainException>(() => Search("ab")).Code);
        Assert.InRange(_time.Elapsed.TotalMilliseconds, 1_400, 2_000);
    }

    [Fact]
    public void A_timeout_is_not_tried_again_when_little_time_is_left()
    {
        var timeout = new BigrainException(ErrorCode.DeadlineExceeded, "late");
        WarmUp("a");
        _parts = QueryParts.Create(_time, new QueryOptions { HedgeBurst = 0 });
        _transport["a"].OnSearch(new Behaviour(TimeSpan.FromMilliseconds(1_500), timeout));
        _time.Run(async () =>
        {
            Task<QueryAnswer> slow = SearchAsync("ab");
            await Task.Delay(TimeSpan.FromMilliseconds(50), _time, TestContext.Current.CancellationToken);
            _parts.Health.OnAnswer("a", TimeSpan.FromMilliseconds(1));
            await Assert.ThrowsAsync<BigrainException>(() => slow);
        });

        Assert.Equal(["search a 0"], _transport.Calls);
    }

    [Fact]
    public void The_time_left_travels_with_every_call()
    {
        _transport["a"].OnSearch(new Behaviour(TimeSpan.FromMilliseconds(90), Gone));

        Search("ab");

        Assert.InRange(_transport.LastBudget.TotalMilliseconds, 1_850, 1_900);
    }

    [Fact]
    public void Cancelling_ends_every_call_and_makes_nobody_suspect()
    {
        _transport["a"].OnSearch(Behaviour.Silent);
        _transport["b"].OnSearch(Behaviour.Silent);
        using var source = new CancellationTokenSource(TimeSpan.FromMilliseconds(500), _time);
        for (int i = 0; i < 5; i++)
        {
            _time.Run(() => Assert.ThrowsAnyAsync<OperationCanceledException>(() => SearchAsync(["ab", "ba"], source.Token)));
        }

        Assert.Equal(_transport.Calls.Count, _transport.Cancelled.Count);
        _transport["a"].OnSearch(Behaviour.Prompt);
        _transport.Calls.Clear();
        Search("ab");
        Assert.Equal("search a 0", _transport.Calls[0]);
    }

    [Fact]
    public void A_silo_that_falls_silent_with_the_only_copies_leaves_time_for_the_best_of_the_rest()
    {
        _transport["b"].OnVerify(Behaviour.Silent);

        QueryAnswer answer = Search("a", "b");

        Assert.Equal(["search a 0", "search b 1", "verify a 0", "verify b 1", "search a 0", "verify a 0"], _transport.Calls);
        AssertMissing(answer, "unreachable", 1);
        Assert.Equal(ScriptedTransport.IdsOf(0), IdsOf(answer));
        Assert.InRange(_time.Elapsed.TotalSeconds, 1, 1.4);
    }

    [Fact]
    public void A_silo_that_has_all_the_partitions_is_waited_for_to_the_end()
    {
        _transport["a"].OnVerify(Behaviour.Late(1_800));

        AssertWhole(Search("a", "a"), 2);
    }

    private static string[] IdsOf(QueryAnswer answer) => [.. answer.Hits.Select(hit => Encoding.UTF8.GetString(hit.Id.Span))];

    private static void AssertWhole(QueryAnswer answer, int partitions)
    {
        Assert.True(answer.Complete, $"not complete: {answer.Reason}");
        Assert.Equal(ScriptedTransport.IdsOf([.. Enumerable.Range(0, partitions)]), IdsOf(answer));
    }

    private static void AssertMissing(QueryAnswer answer, string reason, params int[] partitions)
    {
        Assert.False(answer.Complete);
        Assert.Equal(reason, answer.Reason);
        Assert.Equal(partitions, answer.Missing.Select(missing => missing.Partition));
    }

    /// <summary>Lets a silo answer quickly until its usual time is known.</summary>
    private void WarmUp(string silo)
    {
        for (int i = 0; i < 32; i++)
        {
            _parts.Health.OnAnswer(silo, TimeSpan.FromMilliseconds(2));
        }
    }

    private void Advance(TimeSpan by) => _time.Run(() => Task.Delay(by, _time, TestContext.Current.CancellationToken));

    /// <summary>Runs a query over partitions whose candidates are given by letters.</summary>
    private QueryAnswer Search(params string[] candidates)
    {
        QueryAnswer? answer = null;
        _time.Run(async () => answer = await SearchAsync(candidates));
        return answer!;
    }

    private Task<QueryAnswer> SearchAsync(params string[] candidates) => SearchAsync(candidates, TestContext.Current.CancellationToken);

    private Task<QueryAnswer> SearchAsync(string[] candidates, CancellationToken cancellationToken) =>
        new QueryCoordinator(_parts).SearchAsync(
            new QueryPlan
            {
                Incarnation = new CollectionIncarnation("0"),
                Generation = 1,
                Targets = [.. candidates.Select((silos, partition) => new PartitionTarget(partition, 1, [.. silos.Select(silo => $"{silo}")]))],
                Representation = 0,
                Metric = Metric.L2,
                Vector = new float[] { 0 },
                K = 100,
                Budget = TimeSpan.FromSeconds(2),
            },
            _transport,
            cancellationToken);
}
