using System.Collections.Immutable;
using Bigrain.Index.Errors;

namespace Bigrain.Index.Queries;

/// <summary>Scatters a query over silos, cuts the candidates once over all of them, and gathers the verified hits.</summary>
/// <remarks>
/// <para>1 scatter: one call per silo, hedged when late, tried again elsewhere when refused; 2 cut: what can still reach the
/// top k, at most the shortlist; 3 verify: one call per silo, on those that answered; 4 merge. What does not answer within
/// the budget is missing in the answer, and the answer says so.</para>
/// <para>Stateless and thread safe.</para>
/// </remarks>
/// <param name="parts">What all queries of the process share.</param>
public sealed class QueryCoordinator(QueryParts parts)
{
    // What gathering and answering need of the budget after the last silo was waited for.
    private static readonly TimeSpan Reserve = TimeSpan.FromMilliseconds(20);

    // What verification keeps for itself: a silo that is silent in the first pass must not cost the others their second.
    private const double VerificationShare = 0.25;
    private static readonly TimeSpan MostForVerification = TimeSpan.FromSeconds(1);

    // A query over the rest needs time to come to something.
    private const double LeastForRest = 0.25;

    /// <summary>Makes a coordinator that shares nothing, with default settings.</summary>
    /// <param name="time">Clock.</param>
    public QueryCoordinator(TimeProvider time)
        : this(QueryParts.Create(time, new QueryOptions()))
    {
    }

    /// <summary>Runs a query.</summary>
    /// <param name="plan">The planned query.</param>
    /// <param name="transport">Carries the calls.</param>
    /// <param name="cancellationToken">Ends the query and the scans it started.</param>
    /// <exception cref="BigrainException">No silo answered: the refusal (<see cref="ErrorCode.Overloaded"/>), or
    /// <see cref="ErrorCode.DeadlineExceeded"/> when none answered in time; or the query itself was refused.</exception>
    public async Task<QueryAnswer> SearchAsync(QueryPlan plan, ISearchTransport transport, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(transport);
        long started = parts.Time.GetTimestamp();
        try
        {
            QueryAnswer answer = await RunAsync(plan, transport, cancellationToken);
            if (answer.Hits.Length < plan.K && answer.CutForLost.Length > 0)
            {
                answer = await FillAsync(answer, plan, transport, plan.Budget - parts.Time.GetElapsedTime(started), cancellationToken);
            }

            parts.Instruments.RecordQuery(answer.Complete ? "complete" : "degraded", parts.Time.GetElapsedTime(started));
            if (answer.Reason is { } reason)
            {
                parts.Instruments.AddDegraded(reason);
            }

            return answer;
        }
        catch (Exception failure)
        {
            parts.Instruments.RecordQuery(
                failure is OperationCanceledException ? "cancelled" : "failed", parts.Time.GetElapsedTime(started));
            throw;
        }
    }

    private static TimeSpan BudgetOfSilos(TimeSpan budget) => budget > 2 * Reserve ? budget - Reserve : budget;

    private static TimeSpan BudgetOfScatter(TimeSpan budget)
    {
        TimeSpan verification = budget * VerificationShare;
        return budget - (verification < MostForVerification ? verification : MostForVerification);
    }

    private static void ThrowIfNothingAnswered(Gathered gathered, bool deadlinePassed)
    {
        if (gathered.Fault is { } fault)
        {
            throw fault;
        }

        if (gathered.Attempts.Count > 0)
        {
            return;
        }

        if (gathered.RetryAfter is { } wait)
        {
            throw new BigrainException(ErrorCode.Overloaded, "the silos have too much to do: back off, then retry") { RetryAfter = wait };
        }

        if (deadlinePassed)
        {
            throw new BigrainException(
                ErrorCode.DeadlineExceeded, "no partition answered in time: raise timeoutMilliseconds", "timeoutMilliseconds");
        }

        Exception? failure = gathered.Failures.FirstOrDefault();
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

    /// <summary>Asks the other partitions once more where a verification was lost after the cut: what was lost had pushed their
    /// candidates out, and an answer that says what is missing still has the best of the rest.</summary>
    private async Task<QueryAnswer> FillAsync(
        QueryAnswer answer, QueryPlan plan, ISearchTransport transport, TimeSpan left, CancellationToken cancellationToken)
    {
        HashSet<int> lost = [.. answer.CutForLost];
        ImmutableArray<PartitionTarget> rest = plan.Targets.RemoveAll(target => lost.Contains(target.Partition));
        if (rest.IsEmpty || left < plan.Budget * LeastForRest)
        {
            return answer;
        }

        try
        {
            QueryAnswer again = await RunAsync(plan with { Targets = rest, Budget = left }, transport, cancellationToken);
            return again with
            {
                PartitionsAsked = answer.PartitionsAsked,
                Missing = [.. again.Missing.Concat(answer.Missing.Where(missing => lost.Contains(missing.Partition))).OrderBy(missing => missing.Partition)],
                Cost = answer.Cost + again.Cost,
                Stages = [.. answer.Stages, .. again.Stages],
            };
        }
        catch (BigrainException)
        {
            return answer;
        }
    }

    private async Task<QueryAnswer> RunAsync(QueryPlan plan, ISearchTransport transport, CancellationToken cancellationToken)
    {
        TimeProvider time = parts.Time;
        TimeSpan budget = BudgetOfSilos(plan.Budget);
        using var deadline = new CancellationTokenSource(budget, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        using var scatterDeadline = new CancellationTokenSource(BudgetOfScatter(budget), time);
        using var scatter = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, scatterDeadline.Token);
        var gathering = new Gathering(plan, new SiloCalls(plan, transport, parts, budget, cancellationToken), parts, cancellationToken);

        // 1
        long started = time.GetTimestamp();
        Gathered found = await gathering.SearchAsync(scatter.Token);
        cancellationToken.ThrowIfCancellationRequested();
        ThrowIfNothingAnswered(found, scatterDeadline.IsCancellationRequested);
        long scattered = time.GetTimestamp();

        // 2
        ShortlistCut.Apply(found.Attempts.ToArray(), plan.K, plan.Shortlist);
        long cut = time.GetTimestamp();

        // 3
        Gathered[] verifications = await Task.WhenAll(found.Attempts.Select(attempt => gathering.VerifyAsync(attempt, linked.Token)));
        cancellationToken.ThrowIfCancellationRequested();
        var verified = new Gathered();
        verified.Lost.AddRange(found.Lost);
        verified.Failures.AddRange(found.Failures);
        Array.ForEach(verifications, verified.Add);
        ThrowIfNothingAnswered(verified, deadline.IsCancellationRequested);
        long checkedAt = time.GetTimestamp();

        // 4
        QueryHit[] hits = verified.Attempts.SelectMany(attempt => attempt.Hits).ToArray();
        Array.Sort(hits, QueryHitOrder.Instance);
        ImmutableArray<QueryHit> best = [.. hits.AsSpan(0, Math.Min(hits.Length, plan.K))];
        return new QueryAnswer
        {
            Hits = best,
            PartitionsAsked = plan.Targets.Length,
            Missing = [.. verified.Lost.Concat(verified.Attempts.SelectMany(attempt => attempt.Flagged)).OrderBy(missing => missing.Partition)],
            Verified = StateOf(best),
            Generation = plan.Generation,
            RetryAfter = verified.RetryAfter,
            CutForLost = [.. verified.Lost.Select(missing => missing.Partition).Except(found.Lost.Select(missing => missing.Partition))],
            Cost = verified.Attempts.Aggregate(default(QueryCost), (sum, attempt) => sum + attempt.Cost),
            Stages =
            [
                new QueryStage("scatter", time.GetElapsedTime(started, scattered)),
                new QueryStage("cut", time.GetElapsedTime(scattered, cut)),
                new QueryStage("verify", time.GetElapsedTime(cut, checkedAt)),
                new QueryStage("merge", time.GetElapsedTime(checkedAt)),
            ],
        };
    }
}
