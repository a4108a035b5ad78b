using Bigrain.Index.Errors;

namespace Bigrain.Index.Queries;

/// <summary>Makes the calls of one query, each told how much time is left, and notes how the silos behave.</summary>
/// <param name="plan">The query.</param>
/// <param name="transport">Carries the calls.</param>
/// <param name="parts">What all queries share.</param>
/// <param name="budget">Time for all calls together, from now on.</param>
/// <param name="cancellationToken">Fires when the sender gives up.</param>
internal sealed class SiloCalls(
    QueryPlan plan, ISearchTransport transport, QueryParts parts, TimeSpan budget, CancellationToken cancellationToken)
{
    private readonly long _started = parts.Time.GetTimestamp();

    /// <summary>Time for all calls together.</summary>
    public TimeSpan Budget => budget;

    /// <summary>What is left of it.</summary>
    public TimeSpan Left => budget - parts.Time.GetElapsedTime(_started);

    /// <summary>Makes the call of an attempt; never throws.</summary>
    public async Task SearchAsync(Attempt attempt, CancellationToken race)
    {
        var request = new SearchRequest
        {
            Incarnation = plan.Incarnation,
            Generation = plan.Generation,
            Partitions = [.. attempt.Targets.Select(target => target.Partition)],
            Homes = attempt.Targets.All(target => target.Home == plan.Generation) ? [] : [.. attempt.Targets.Select(target => target.Home)],
            Representation = plan.Representation,
            Vector = plan.Vector.ToArray(),
            DenseVector = plan.DenseVector.ToArray(),
            Model = plan.Model,
            K = plan.K,
            Nprobe = plan.Nprobe,
            Shortlist = plan.Shortlist,
            Consistency = plan.Consistency,
            MinSequences = [.. plan.MinSequences],
            Budget = Left,
        };
        Exception? failure = await TryAsync(
            attempt.Silo,
            () => transport.SearchAsync(attempt.Silo, request.Encode(), race),
            reply => attempt.Accept(SearchReply.Decode(reply)),
            race);
        if (failure is not null)
        {
            attempt.Refuse(failure);
        }
    }

    /// <summary>Verifies the survivors of an attempt where its ticket is; never throws.</summary>
    /// <returns>Whether the hits are verified; what was searched stays known, because a repeat asks for it.</returns>
    public async Task<bool> TryVerifyAsync(Attempt attempt, CancellationToken patience)
    {
        var request = new VerifyRequest
        {
            Ticket = attempt.Ticket,
            K = plan.K,
            IncludePayload = plan.IncludePayload,
            Budget = Left,
            Candidates = attempt.Survivors,
        };
        attempt.Failure = await TryAsync(
            attempt.Silo,
            () => transport.VerifyAsync(attempt.Silo, request.Encode(), patience),
            reply => attempt.Accept(VerifyReply.Decode(reply)),
            patience);
        return attempt.Failure is null;
    }

    /// <returns>What the call threw; null when it was answered.</returns>
    private async Task<Exception?> TryAsync(string silo, Func<Task<byte[]>> call, Action<byte[]> accept, CancellationToken giveUp)
    {
        long began = parts.Time.GetTimestamp();
        Task<byte[]>? running = null;
        try
        {
            running = call();
            accept(await running.WaitAsync(giveUp));
            parts.Health.OnAnswer(silo, parts.Time.GetElapsedTime(began));
            return null;
        }
#pragma warning disable CA1031 // whatever a silo's call threw becomes a second try or missing coverage, visible in the answer
        catch (Exception failure)
#pragma warning restore CA1031
        {
            Forget(running);
            NoteFailure(silo, failure, parts.Time.GetElapsedTime(began));
            return failure;
        }
    }

    private void NoteFailure(string silo, Exception failure, TimeSpan waited)
    {
        switch (failure)
        {
            case OperationCanceledException:
                // Given up by the sender of the query, or soon after a faster one answered: says nothing about the silo.
                if (!cancellationToken.IsCancellationRequested && waited >= parts.Health.LateAfter(silo))
                {
                    parts.Health.OnSilence(silo, waited);
                }

                break;
            case BigrainException { Code: ErrorCode.Unavailable or ErrorCode.DeadlineExceeded }:
                parts.Health.OnSilence(silo, null);
                break;
            default:
                parts.Health.OnAnswer(silo, waited);
                break;
        }
    }

    /// <summary>Nobody waits for this call any longer; what it throws is not unobserved.</summary>
    private static void Forget(Task? call) => call?.ContinueWith(
        static task => _ = task.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
}
