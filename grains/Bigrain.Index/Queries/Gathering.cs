using Bigrain.Index.Errors;

namespace Bigrain.Index.Queries;

/// <summary>Asks silos for the partitions of one query until each is answered, refused twice, or the time is up.</summary>
/// <remarks>
/// <para>A partition is asked for at most twice: again at once when its silo refuses, or while the first call still runs when
/// that is late (a <em>hedge</em>). A call and the set of its hedges race as wholes, because candidates carry ordinals of the
/// ticket they came with (docs/decisions/0001): half an answer of one silo cannot be completed by half of another's.</para>
/// <para>One per query.</para>
/// </remarks>
/// <param name="plan">The query.</param>
/// <param name="calls">Makes its calls.</param>
/// <param name="parts">What all queries share.</param>
/// <param name="cancellationToken">Fires when the sender gives up.</param>
internal sealed class Gathering(QueryPlan plan, SiloCalls calls, QueryParts parts, CancellationToken cancellationToken)
{
    private const int MaxTries = 2;

    // Where other candidates exist, a silo that was not heard of for this share of the time is not waited for any longer.
    private const double Patience = 0.4;

    // Where there are none, what is left belongs to a query over the other partitions, whose candidates the lost ones pushed out.
    private const double PatienceWithoutOthers = 0.6;

    // A second try needs time to come to something.
    private const double LeastForTimeout = 0.3;

    private static readonly IReadOnlySet<int> None = new HashSet<int>();

    /// <summary>Runs the coarse pass over all partitions of the plan.</summary>
    public Task<Gathered> SearchAsync(CancellationToken deadline) =>
        AskAsync(parts.Health.SuspectsLast(plan.Targets), MaxTries, isExtra: false, deadline);

    /// <summary>Verifies the survivors of an attempt where its ticket is; when that silo is lost, both passes are repeated elsewhere.</summary>
    public async Task<Gathered> VerifyAsync(Attempt attempt, CancellationToken deadline)
    {
        if (attempt.Survivors.Length == 0)
        {
            return Of(attempt);
        }

        PartitionTarget[] others = OthersThan(attempt);
        long began = parts.Time.GetTimestamp();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(deadline);
        Task<bool> verification = calls.TryVerifyAsync(attempt, patience.Token);
        double? share = others.Length > 0 ? Patience : attempt.Targets.Count < plan.Targets.Length ? PatienceWithoutOthers : null;
        if (share is { } most
            && !await FinishesAsync(verification, calls.Left * most)
            && !parts.Health.HasAnsweredSince(attempt.Silo, began))
        {
            patience.Cancel();
        }

        if (await verification)
        {
            return Of(attempt);
        }

        if (others.Length == 0 || calls.Left <= TimeSpan.Zero)
        {
            return LostWith(attempt, attempt.Searched);
        }

        return await RepeatAsync(attempt, others, deadline);
    }

    private static Gathered Of(Attempt attempt)
    {
        var gathered = new Gathered();
        gathered.Attempts.Add(attempt);
        return gathered;
    }

    private static Gathered LostWith(Attempt attempt, IEnumerable<PartitionTarget> targets)
    {
        var gathered = new Gathered();
        gathered.Failures.Add(attempt.Failure!);
        gathered.Lost.AddRange(targets.Select(target => new MissingPartition(target.Partition, PartitionAnswer.Silent)));
        return gathered;
    }

    private static Gathered Better(Gathered first, Gathered second) => second.Lost.Count < first.Lost.Count ? second : first;

    /// <summary>One call to each silo that is first for some of the targets.</summary>
    /// <param name="targets">Partitions, each with the candidates not asked yet.</param>
    /// <param name="tries">How often each may be asked.</param>
    /// <param name="isExtra">Whether the calls are hedges, which do not earn hedges.</param>
    /// <param name="race">Ends the calls.</param>
    private async Task<Gathered> AskAsync(IReadOnlyList<PartitionTarget> targets, int tries, bool isExtra, CancellationToken race)
    {
        Task<Gathered>[] asked = [.. targets
            .GroupBy(target => target.Silos[0], StringComparer.Ordinal)
            .Select(group => AskSiloAsync(
                new Attempt(group.Key, [.. group.Select(target => target with { Silos = target.Silos.RemoveAt(0) })]), tries, isExtra, race))];
        if (asked.Length == 1)
        {
            return await asked[0];
        }

        var all = new Gathered();
        foreach (Gathered part in await Task.WhenAll(asked))
        {
            all.Add(part);
        }

        return all;
    }

    private async Task<Gathered> AskSiloAsync(Attempt attempt, int tries, bool isExtra, CancellationToken outer)
    {
        if (!isExtra)
        {
            parts.Hedges.AddCall();
        }

        PartitionTarget[] next = tries > 1 ? [.. attempt.Targets.Where(target => target.Silos.Length > 0)] : [];
        if (next.Length == 0)
        {
            await calls.SearchAsync(attempt, outer);
            var only = new Gathered();
            only.Add(attempt, None);
            return only;
        }

        long began = parts.Time.GetTimestamp();
        using var race = CancellationTokenSource.CreateLinkedTokenSource(outer);
        Task call = calls.SearchAsync(attempt, race.Token);

        // Only a set that can be whole can win.
        if (next.Length == attempt.Targets.Count && await IsLateAsync(attempt, call, next, began))
        {
            return await RaceAsync(attempt, call, AskAsync(next, tries - 1, isExtra: true, race.Token), race);
        }

        await call;
        PartitionTarget[] again = [.. attempt.Unsearched.Where(pair => IsWorthAnotherTry(attempt, pair)).Select(pair => pair.Target)];
        var gathered = new Gathered();
        gathered.Add(attempt, again.Length == 0 ? None : again.Select(target => target.Partition).ToHashSet());
        if (again.Length > 0)
        {
            parts.Instruments.AddSecondTry();
            gathered.Add(await AskAsync(again, tries - 1, isExtra: false, outer));
        }

        return gathered;
    }

    /// <summary>Waits until the call is done, or late and worth a hedge that is paid for.</summary>
    /// <returns>Whether to hedge.</returns>
    private async Task<bool> IsLateAsync(Attempt attempt, Task call, PartitionTarget[] next, long began)
    {
        TimeSpan late = parts.Health.LateAfter(attempt.Silo);
        TimeSpan patience = calls.Left * Patience;
        if (late < patience)
        {
            if (await FinishesAsync(call, late))
            {
                return false;
            }

            if (parts.Hedges.TryTake(next.Select(target => target.Silos[0]).Distinct(StringComparer.Ordinal).Count()))
            {
                return true;
            }
        }

        // Nothing left to pay with. A silo that answers others is slow, and more calls would not make it faster; one that
        // nobody has heard of meanwhile has timed out, and the second try is owed.
        TimeSpan rest = patience - parts.Time.GetElapsedTime(began);
        return !await FinishesAsync(call, rest) && !parts.Health.HasAnsweredSince(attempt.Silo, began);
    }

    private async Task<Gathered> RaceAsync(Attempt attempt, Task call, Task<Gathered> hedges, CancellationTokenSource race)
    {
        Task first = await Task.WhenAny(call, hedges);
        bool originalWins = first == call ? attempt.IsWhole : !(await hedges).IsWhole;
        if (originalWins)
        {
            await call;
            originalWins = attempt.IsWhole;
        }

        var original = new Gathered();
        if (originalWins)
        {
            race.Cancel();
            original.Add(attempt, None);
            parts.Instruments.AddHedge("original");
            return original;
        }

        Gathered others = await hedges;
        if (others.IsWhole)
        {
            race.Cancel();
            parts.Instruments.AddHedge("hedge");
            return others;
        }

        // Neither is whole: whatever misses least.
        await call;
        original.Add(attempt, None);
        Gathered better = Better(original, others);
        better.Failures.AddRange((better == original ? others : original).Failures);
        return better;
    }

    private bool IsWorthAnotherTry(Attempt attempt, (PartitionTarget Target, PartitionAnswer Answer) part)
    {
        if (part.Target.Silos.Length == 0 || cancellationToken.IsCancellationRequested || calls.Left <= TimeSpan.Zero)
        {
            return false;
        }

        return attempt.Failure switch
        {
            null => true,
            OperationCanceledException => false,
            BigrainException { Code: ErrorCode.DeadlineExceeded } => calls.Left > calls.Budget * LeastForTimeout,
            BigrainException { Code: ErrorCode.Overloaded or ErrorCode.InvalidArgument or ErrorCode.TooLarge } => false,
            _ => true,
        };
    }

    private async Task<Gathered> RepeatAsync(Attempt lost, PartitionTarget[] others, CancellationToken deadline)
    {
        parts.Instruments.AddRepeat();
        Gathered again = await AskAsync(parts.Health.SuspectsLast(others), tries: 1, isExtra: false, deadline);
        ShortlistCut.Apply([.. again.Attempts], plan.K, plan.Shortlist);
        var verified = new Gathered();
        verified.Failures.Add(lost.Failure!);
        verified.Failures.AddRange(again.Failures);
        verified.Lost.AddRange(again.Lost);
        await Task.WhenAll(again.Attempts.Select(async attempt =>
        {
            bool whole = attempt.Survivors.Length == 0 || await calls.TryVerifyAsync(attempt, deadline);
            lock (verified)
            {
                verified.Add(whole ? Of(attempt) : LostWith(attempt, attempt.Searched));
            }
        }));

        // Partitions of the lost attempt that have no other candidate.
        HashSet<int> asked = [.. others.Select(target => target.Partition)];
        verified.Lost.AddRange(lost.Searched
            .Where(target => !asked.Contains(target.Partition))
            .Select(target => new MissingPartition(target.Partition, PartitionAnswer.Silent)));
        return verified;
    }

    /// <summary>The other candidates of what an attempt searched.</summary>
    private PartitionTarget[] OthersThan(Attempt attempt)
    {
        HashSet<int> searched = [.. attempt.Searched.Select(target => target.Partition)];
        return [.. plan.Targets
            .Where(target => searched.Contains(target.Partition))
            .Select(target => target with { Silos = target.Silos.Remove(attempt.Silo, StringComparer.Ordinal) })
            .Where(target => target.Silos.Length > 0)];
    }

    private async Task<bool> FinishesAsync(Task call, TimeSpan within)
    {
        if (call.IsCompleted || within <= TimeSpan.Zero)
        {
            return call.IsCompleted;
        }

        try
        {
            await call.WaitAsync(within, parts.Time);
            return true;
        }
        catch (TimeoutException)
        {
            return call.IsCompleted;
        }
    }
}
