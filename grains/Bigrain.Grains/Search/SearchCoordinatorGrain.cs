using System.Collections.Immutable;
using Bigrain.Contracts;
using Bigrain.Grains.Collections;
using Bigrain.Grains.Faults;
using Bigrain.Grains.Placement;
using Bigrain.Index.Errors;
using Bigrain.Index.Partitions;
using Bigrain.Index.Queries;
using Orleans.Concurrency;
using Orleans.Dashboard;

namespace Bigrain.Grains.Search;

/// <summary>Plans queries and has them scattered and gathered.</summary>
[NoProfiling]
[GrainType("bigrain.coordinator")]
[StatelessWorker]
[Reentrant]
internal sealed class SearchCoordinatorGrain(
    CollectionDirectory directory, QueryPlanner planner, SiloMap silos, QueryCoordinator coordinator, RunningQueries running, TimeProvider time) : Grain, ISearchCoordinatorGrain
{
    // Twice the processors keeps them busy while others verify; more would only fill the scan queue.
    private static readonly int BatchConcurrency = Math.Max(2, Environment.ProcessorCount * 2);

    private GrainSearchTransport? _transport;

    /// <inheritdoc/>
    public async Task<PackedBytes> QueryAsync(string collection, PackedBytes query, CancellationToken cancellationToken)
    {
        QuerySpec spec = QuerySpec.Decode(query.Bytes)[0];
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, running.TokenOf(spec.Caller));
        QueryAnswer answer = await SearchAsync(collection, spec, ends.Token);
        return new PackedBytes(QueryAnswerFormat.Encode([answer]));
    }

    /// <inheritdoc/>
    public async Task<PackedBytes> QueryBatchAsync(string collection, PackedBytes queries, CancellationToken cancellationToken)
    {
        QuerySpec[] specs = QuerySpec.Decode(queries.Bytes);
        var answers = new QueryAnswer[specs.Length];
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, running.TokenOf(specs[0].Caller));
        int next = -1;
        await Task.WhenAll(Enumerable.Range(0, Math.Min(BatchConcurrency, specs.Length)).Select(async _ =>
        {
            for (int i = Interlocked.Increment(ref next); i < specs.Length; i = Interlocked.Increment(ref next))
            {
                try
                {
                    answers[i] = await SearchAsync(collection, specs[i], failed.Token);
                }
                catch
                {
                    await failed.CancelAsync();
                    throw;
                }
            }
        }));
        return new PackedBytes(QueryAnswerFormat.Encode(answers));
    }

    private async Task<QueryAnswer> SearchAsync(string collection, QuerySpec spec, CancellationToken cancellationToken)
    {
        long started = time.GetTimestamp();
        CollectionSnapshot known = await directory.GetAsync(collection, cancellationToken);
        try
        {
            return await SearchAsync(known, spec, cancellationToken);
        }
        catch (BigrainException error) when (error.Code == ErrorCode.NotFound)
        {
            // Another generation was published, and the one known here is unloaded already: the query is asked of the new one, whole.
            directory.Forget(collection);
            CollectionSnapshot now = await directory.GetAsync(collection, cancellationToken);
            TimeSpan left = spec.Budget - time.GetElapsedTime(started);
            if (now.Head == known.Head || left <= TimeSpan.Zero)
            {
                throw;
            }

            return await SearchAsync(now, spec with { Budget = left }, cancellationToken);
        }
    }

    private async Task<QueryAnswer> SearchAsync(CollectionSnapshot known, QuerySpec spec, CancellationToken cancellationToken)
    {
        long started = time.GetTimestamp();
        QueryPlan plan = await planner.PlanAsync(known, spec, cancellationToken);
        _transport ??= new GrainSearchTransport(GrainFactory);
        QueryAnswer answer = await coordinator.SearchAsync(plan, _transport, cancellationToken);
        if (!answer.Missing.Any(missing => missing.Answer == PartitionAnswer.NotReady))
        {
            return answer;
        }

        // First touch: load what the answer misses, and ask again with the time that is left.
        TimeSpan left = spec.Budget - time.GetElapsedTime(started);
        if (!await TryOpenAsync(known, answer, left / 2, cancellationToken))
        {
            return answer;
        }

        left = spec.Budget - time.GetElapsedTime(started);
        if (left <= TimeSpan.Zero)
        {
            return answer;
        }

        plan = await planner.PlanAsync(known, spec with { Budget = left }, cancellationToken);
        return await coordinator.SearchAsync(plan, _transport, cancellationToken);
    }

    /// <summary>Waits for partitions that are not loaded; the loads go on when the time is up.</summary>
    /// <returns>Whether every one of them is ready now.</returns>
    /// <exception cref="BigrainException">A load failed in a way that waiting does not mend.</exception>
    private async Task<bool> TryOpenAsync(
        CollectionSnapshot known, QueryAnswer answer, TimeSpan wait, CancellationToken cancellationToken)
    {
        IEnumerable<Task> loads = answer.Missing
            .Where(missing => missing.Answer == PartitionAnswer.NotReady)
            .Select(missing => OpenAsync(known, missing.Partition));
        Task all = Task.WhenAll(loads);
        try
        {
            await all.WaitAsync(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, time, cancellationToken);
            return true;
        }
        catch (TimeoutException)
        {
            all.Ignore();
            return false;
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            // A damaged partition costs the answer its coverage; no room for it is an error with its numbers.
            BigrainException failure = FaultTranslation.FromFault(error);
            return failure.Code is ErrorCode.DataCorrupt or ErrorCode.Unavailable ? false : throw failure;
        }
    }

    /// <summary>Loads one partition on its first owner; on the next one when that cannot be reached.</summary>
    private async Task OpenAsync(CollectionSnapshot known, int partition)
    {
        PartitionKey key = known.KeyOf(partition);
        ImmutableArray<string> owners = silos.OwnersOf(key, known.Head.Schema.ReplicaCount);
        for (int rank = 0; ; rank++)
        {
            try
            {
                // The load serves the queries after this one too.
                await GrainFactory.GetGrain<IReplicaHostGrain>(owners[rank]).OpenAsync(known.Head.Name, [key.ToString()], CancellationToken.None);
                return;
            }
            catch (Exception error) when (rank + 1 < owners.Length
                && FaultTranslation.FromFault(error).Code is ErrorCode.Unavailable or ErrorCode.DeadlineExceeded)
            {
                // The next owner loads the same blobs.
            }
        }
    }
}
