using System.Collections.Immutable;
using Bigrain.Index.Errors;

namespace Bigrain.Index.Queries;

/// <summary>Scatters a query over silos, cuts the candidates once over all of them, and gathers the verified hits.</summary>
/// <remarks>
/// <para>1 scatter: one call per silo; 2 cut: what can still reach the top k, at most the shortlist; 3 verify: one
/// call per silo; 4 merge. What does not answer within the budget is missing in the answer, and the answer says so.</para>
/// <para>Stateless and thread safe.</para>
/// </remarks>
/// <param name="time">Clock.</param>
public sealed class QueryCoordinator(TimeProvider time)
{
    // What gathering and answering need of the budget after the last silo was waited for.
    private static readonly TimeSpan Reserve = TimeSpan.FromMilliseconds(20);

    /// <summary>Runs a query.</summary>
    /// <param name="plan">The planned query.</param>
    /// <param name="transport">Carries the calls.</param>
    /// <param name="cancellationToken">Ends the query and the scans it started.</param>
    /// <exception cref="BigrainException">Every silo refused: the refusal (<see cref="ErrorCode.Overloaded"/>), or <see cref="ErrorCode.DeadlineExceeded"/> when none answered in time.</exception>
    public async Task<QueryAnswer> SearchAsync(QueryPlan plan, ISearchTransport transport, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(transport);
        TimeSpan wait = BudgetOfSilo(plan);
        using var deadline = new CancellationTokenSource(wait, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        long started = time.GetTimestamp();

        // 1
        SiloSearch[] searches = plan.Targets
            .GroupBy(target => target.Silos[0], StringComparer.Ordinal)
            .Select(group => new SiloSearch(group.Key, [.. group]))
            .ToArray();
        await Task.WhenAll(searches.Select(search => ScatterAsync(search, plan, transport, linked.Token)));
        cancellationToken.ThrowIfCancellationRequested();
        ThrowIfNothingAnswered(searches, deadline.IsCancellationRequested);
        long scattered = time.GetTimestamp();

        // 2
        ShortlistCut.Apply(searches, plan.K, plan.Shortlist);
        long cut = time.GetTimestamp();

        // 3
        await Task.WhenAll(searches.Select(search => VerifyAsync(search, plan, transport, linked.Token)));
        cancellationToken.ThrowIfCancellationRequested();
        long verified = time.GetTimestamp();

        // 4
        QueryHit[] hits = searches.SelectMany(search => search.Hits).ToArray();
        Array.Sort(hits, QueryHitOrder.Instance);
        ImmutableArray<QueryHit> best = [.. hits.AsSpan(0, Math.Min(hits.Length, plan.K))];
        return new QueryAnswer
        {
            Hits = best,
            PartitionsAsked = plan.Targets.Length,
            Missing = [.. searches.SelectMany(search => search.Missing()).OrderBy(missing => missing.Partition)],
            Verified = StateOf(best),
            Generation = plan.Generation,
            Cost = searches.Aggregate(default(QueryCost), (sum, search) => sum + search.Cost),
            Stages =
            [
                new QueryStage("scatter", time.GetElapsedTime(started, scattered)),
                new QueryStage("cut", time.GetElapsedTime(scattered, cut)),
                new QueryStage("verify", time.GetElapsedTime(cut, verified)),
                new QueryStage("merge", time.GetElapsedTime(verified)),
            ],
        };
    }

    private static async Task ScatterAsync(
        SiloSearch search, QueryPlan plan, ISearchTransport transport, CancellationToken cancellationToken)
    {
        var request = new SearchRequest
        {
            Incarnation = plan.Incarnation,
            Generation = plan.Generation,
            Partitions = [.. search.Targets.Select(target => target.Partition)],
            Representation = plan.Representation,
            Vector = plan.Vector.ToArray(),
            K = plan.K,
            Nprobe = plan.Nprobe,
            Shortlist = plan.Shortlist,
            Consistency = plan.Consistency,
            MinSequences = [.. plan.MinSequences],
            Budget = BudgetOfSilo(plan),
        };
        await search.TryAsync(async () =>
            search.Accept(SearchReply.Decode(await transport.SearchAsync(search.Silo, request.Encode(), cancellationToken).WaitAsync(cancellationToken))));
    }

    private static async Task VerifyAsync(
        SiloSearch search, QueryPlan plan, ISearchTransport transport, CancellationToken cancellationToken)
    {
        if (search.Survivors.Length == 0)
        {
            return;
        }

        var request = new VerifyRequest
        {
            Ticket = search.Ticket,
            K = plan.K,
            IncludePayload = plan.IncludePayload,
            Candidates = search.Survivors,
        };
        await search.TryAsync(async () =>
            search.Accept(VerifyReply.Decode(await transport.VerifyAsync(search.Silo, request.Encode(), cancellationToken).WaitAsync(cancellationToken))));
    }

    private static TimeSpan BudgetOfSilo(QueryPlan plan) => plan.Budget > 2 * Reserve ? plan.Budget - Reserve : plan.Budget;

    private static void ThrowIfNothingAnswered(SiloSearch[] searches, bool deadlinePassed)
    {
        if (searches.Any(search => search.Failure is null))
        {
            return;
        }

        if (deadlinePassed)
        {
            throw new BigrainException(
                ErrorCode.DeadlineExceeded, "no partition answered in time: raise timeoutMilliseconds", "timeoutMilliseconds");
        }

        Exception failure = searches[0].Failure!;
        throw failure as BigrainException
            ?? new BigrainException(ErrorCode.Unavailable, "no silo could be searched: retry", inner: failure);
    }

    private static VerificationState StateOf(ImmutableArray<QueryHit> hits)
    {
        int verified = hits.Count(hit => hit.Verified);
        return verified == hits.Length ? VerificationState.All
            : verified == 0 ? VerificationState.None
            : VerificationState.Partial;
    }
}
