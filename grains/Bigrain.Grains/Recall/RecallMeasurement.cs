using System.Collections.Immutable;
using Bigrain.Contracts;
using Bigrain.Grains.Collections;
using Bigrain.Grains.Faults;
using Bigrain.Grains.Placement;
using Bigrain.Grains.Search;
using Bigrain.Index.Errors;
using Bigrain.Index.Exact;
using Bigrain.Index.Partitions;
using Bigrain.Index.Queries;

namespace Bigrain.Grains.Recall;

/// <summary>Measures the recall of live data: searches as queries do, and compares with an exact search over every vector.</summary>
/// <remarks>Writes that come between the two count as misses; a stored vector that is a query does not count itself. Thread safe.</remarks>
public sealed class RecallMeasurement
{
    private static readonly TimeSpan QueryBudget = TimeSpan.FromSeconds(30);

    private readonly IGrainFactory _grains;
    private readonly CollectionDirectory _directory;
    private readonly SiloMap _silos;
    private readonly QueryPlanner _planner;
    private readonly QueryCoordinator _coordinator;
    private readonly TimeProvider _time;

    internal RecallMeasurement(
        IGrainFactory grains,
        CollectionDirectory directory,
        SiloMap silos,
        QueryPlanner planner,
        QueryCoordinator coordinator,
        TimeProvider time)
    {
        _grains = grains;
        _directory = directory;
        _silos = silos;
        _planner = planner;
        _coordinator = coordinator;
        _time = time;
    }

    /// <summary>Measures the generation that answers queries.</summary>
    /// <param name="collection">Name of the collection.</param>
    /// <param name="request">How.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BigrainException"><see cref="ErrorCode.InvalidArgument"/>: a limit is broken; <see cref="ErrorCode.Unavailable"/>:
    /// a partition does not answer.</exception>
    public async Task<RecallReport> RunAsync(string collection, RecallRequest request, CancellationToken cancellationToken)
    {
        CollectionSnapshot known = await _directory.GetAsync(collection, cancellationToken);
        return await RunAsync(known, known, request, cancellationToken);
    }

    /// <summary>Measures what any generation answers against the vectors of any generation.</summary>
    /// <param name="answering">The collection with the generation that answers.</param>
    /// <param name="known">The collection with the generation whose vectors are the truth, and the queries.</param>
    /// <param name="request">How.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<RecallReport> RunAsync(
        CollectionSnapshot answering, CollectionSnapshot known, RecallRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(answering);
        ArgumentNullException.ThrowIfNull(known);
        ArgumentNullException.ThrowIfNull(request);
        Require(request, known.Head.Schema.Default.Dimension);

        // A model has scores of its own: what it answers is held against what its verification would rank first of all documents.
        bool underModel = answering.Generation.HasModel;
        CollectionSnapshot truth = underModel ? answering : known;
        SampledDocument[] queries = request.Vectors.Count > 0
            ? [.. request.Vectors.Select(vector => new SampledDocument(ReadOnlyMemory<byte>.Empty, vector))]
            : await SampleAsync(known, request, cancellationToken);
        var recalls = new List<double>();
        TimeSpan exactTime = TimeSpan.Zero;
        TimeSpan searchTime = TimeSpan.Zero;
        long documents = 0;
        foreach (SampledDocument[] part in queries.Chunk(ExactRequest.MaxQueries))
        {
            // One more than k, as a query that is a stored vector finds itself.
            int k = request.K + 1;
            long started = _time.GetTimestamp();
            var exactRequest = new ExactRequest(known.Head.Schema.Default.Dimension, [.. part.SelectMany(query => query.Vector)], k) { UnderModel = underModel };
            ExactReply exact = await ExactAsync(truth, exactRequest, cancellationToken);
            exactTime += _time.GetElapsedTime(started);
            documents = exact.DocumentCount;
            started = _time.GetTimestamp();
            for (int i = 0; i < part.Length; i++)
            {
                QueryAnswer answer = await SearchAsync(answering, part[i].Vector, k, cancellationToken);
                recalls.Add(RecallScore.Of(
                    [.. exact.Hits[i].Where(hit => !hit.Id.Span.SequenceEqual(part[i].Id.Span)).Take(request.K)],
                    [.. answer.Hits.Where(hit => !hit.Id.Span.SequenceEqual(part[i].Id.Span)).Take(request.K)]));
            }

            searchTime += _time.GetElapsedTime(started);
        }

        return new RecallReport(
            answering.Generation.Generation,
            recalls.Count,
            request.K,
            recalls.Count == 0 ? 1 : recalls.Average(),
            recalls.Count == 0 ? 1 : recalls.Min(),
            documents,
            exactTime,
            searchTime);
    }

    private static void Require(RecallRequest request, int dimension)
    {
        int queries = Math.Max(request.Vectors.Count, request.Vectors.Count > 0 ? 0 : request.SampleCount);
        if (queries is < 1 or > RecallRequest.MaxQueries)
        {
            throw new BigrainException(ErrorCode.InvalidArgument, $"{queries} queries are out of range: use 1 to {RecallRequest.MaxQueries}", "sample");
        }

        if (request.K is < 1 or > RecallRequest.MaxK)
        {
            throw new BigrainException(ErrorCode.InvalidArgument, $"{request.K} is out of range: use 1 to {RecallRequest.MaxK}", "k");
        }

        for (int i = 0; i < request.Vectors.Count; i++)
        {
            if (request.Vectors[i].Length != dimension || request.Vectors[i].Any(value => !float.IsFinite(value)))
            {
                throw new BigrainException(ErrorCode.InvalidArgument, $"a vector needs {dimension} finite numbers", $"vectors[{i}]");
            }
        }
    }

    /// <summary>Partitions hold equal shares by hash, so each gives as many; what is over is left out at random.</summary>
    private async Task<SampledDocument[]> SampleAsync(CollectionSnapshot known, RecallRequest request, CancellationToken cancellationToken)
    {
        int partitions = known.Generation.PartitionCount;
        int each = (request.SampleCount + partitions - 1) / partitions;
        SampledDocument[][] drawn = await Task.WhenAll(Enumerable.Range(0, partitions).Select(async partition =>
        {
            PartitionKey key = known.KeyOf(partition);
            PackedBytes reply = await CallAsync(known, key, silo => silo.SampleAsync(
                known.Head.Name, [key.ToString()], each, request.Seed, cancellationToken));
            return SampledDocument.Decode(reply.Bytes);
        }));
        SampledDocument[] all = [.. drawn.SelectMany(part => part)];
        int[] kept = Enumerable.Range(0, all.Length)
            .OrderBy(i => unchecked((ulong)request.Seed + (ulong)i) * 0x9E3779B97F4A7C15)
            .Take(request.SampleCount)
            .Order()
            .ToArray();
        return Array.ConvertAll(kept, i => all[i]);
    }

    private async Task<ExactReply> ExactAsync(CollectionSnapshot known, ExactRequest request, CancellationToken cancellationToken)
    {
        var packed = new PackedBytes(request.Encode());
        ExactReply[] replies = await Task.WhenAll(Enumerable.Range(0, known.Generation.PartitionCount)
            .Select(known.KeyOf)
            .GroupBy(key => _silos.OwnersOf(key, known.Head.Schema.ReplicaCount)[0])
            .Select(async silo =>
            {
                // One after the other: a silo reads whole partitions for this.
                var ofSilo = new List<ExactReply>();
                foreach (PartitionKey key in silo)
                {
                    PackedBytes reply = await CallAsync(known, key, grain => grain.ExactAsync(
                        known.Head.Name, [key.ToString()], packed, cancellationToken));
                    ofSilo.Add(ExactReply.Decode(reply.Bytes));
                }

                return ExactReply.Merge(ofSilo, request.K);
            }));
        return ExactReply.Merge(replies, request.K);
    }

    /// <summary>Calls the first owner of a partition that answers.</summary>
    private async Task<T> CallAsync<T>(CollectionSnapshot known, PartitionKey key, Func<IReplicaHostGrain, Task<T>> call)
    {
        ImmutableArray<string> owners = _silos.OwnersOf(key, known.Head.Schema.ReplicaCount);
        for (int rank = 0; ; rank++)
        {
            try
            {
                return await call(_grains.GetGrain<IReplicaHostGrain>(owners[rank]));
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                BigrainException failure = FaultTranslation.FromFault(error);
                if (rank + 1 == owners.Length || failure.Code is not (ErrorCode.Unavailable or ErrorCode.DeadlineExceeded))
                {
                    throw failure;
                }
            }
        }
    }

    private async Task<QueryAnswer> SearchAsync(CollectionSnapshot known, float[] vector, int k, CancellationToken cancellationToken)
    {
        var spec = new QuerySpec { Vector = vector, K = k, IncludePayload = false, Budget = QueryBudget };
        QueryAnswer answer = await _coordinator.SearchAsync(
            await _planner.PlanAsync(known, spec, cancellationToken), new GrainSearchTransport(_grains), cancellationToken);
        return answer.Complete
            ? answer
            : throw new BigrainException(ErrorCode.Unavailable, $"recall needs complete answers, and one was not: {answer.Reason}; retry");
    }
}
