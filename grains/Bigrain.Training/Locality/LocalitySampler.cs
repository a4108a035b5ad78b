using Bigrain.Training.Numerics;

namespace Bigrain.Training.Locality;

/// <summary>Locality-centric sampling: a batch is a patch of the candidate graph, so that its documents are hard for all its queries.</summary>
/// <remarks>BiDR, section 3.3 and algorithm 3. From a random query to one of its candidates, from there back to the
/// queries that have it as a candidate too, and on. One negative a query. What the paper calls a random walk pushes all
/// those queries and takes the last: a depth-first walk; the snowball takes the first.</remarks>
public sealed class LocalitySampler : IBatchSampler
{
    private readonly CandidateGraph _graph;
    private readonly int _batchSize;
    private readonly PatchWalk _walk;
    private readonly int _patchSize;

    /// <summary>Makes a sampler.</summary>
    /// <param name="graph">The candidate graph.</param>
    /// <param name="batchSize">Queries of a batch, at least 1.</param>
    /// <param name="walk">How a patch is walked.</param>
    /// <param name="patchCount">Patches of a batch, 1 to its size: after each the walk begins anew at a random query.</param>
    public LocalitySampler(CandidateGraph graph, int batchSize, PatchWalk walk, int patchCount = 1)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(patchCount, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(patchCount, batchSize);
        (_graph, _batchSize, _walk) = (graph, batchSize, walk);
        _patchSize = (batchSize + patchCount - 1) / patchCount;
    }

    /// <inheritdoc/>
    public IReadOnlyList<TrainingBatch> Epoch(SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(random);
        var unvisited = new UnvisitedQueries(_graph.QueryCount);
        var batches = new List<TrainingBatch>();
        while (unvisited.Count > 0)
        {
            batches.Add(Batch(unvisited, random));
        }

        return batches;
    }

    private TrainingBatch Batch(UnvisitedQueries unvisited, SeededRandom random)
    {
        var (queries, positives, negatives) = (new List<int>(), new List<int>(), new List<int>());
        var used = new HashSet<int>();
        var frontier = new LinkedList<int>();
        while (queries.Count < _batchSize && unvisited.Count > 0)
        {
            if (queries.Count % _patchSize == 0)
            {
                frontier.Clear();
            }

            if (Next(frontier, unvisited) is not { } query)
            {
                query = unvisited.Draw(random);
            }

            unvisited.Remove(query);
            var own = _graph.Positives(query);
            var positive = own[random.Next(own.Length)];
            used.Add(positive);
            var negative = NegativeChoice.Draw(_graph, query, NegativeSource.Candidates, used, 1, random)[0];
            queries.Add(query);
            positives.Add(positive);
            negatives.Add(negative);
            foreach (var neighbour in _graph.Backward(negative))
            {
                if (unvisited.Contains(neighbour))
                {
                    frontier.AddLast(neighbour);
                }
            }
        }

        return new TrainingBatch([.. queries], [.. positives], [.. negatives], Shared: true);
    }

    /// <summary>Takes the next query of the patch that was not visited meanwhile; null when the patch is used up.</summary>
    private int? Next(LinkedList<int> frontier, UnvisitedQueries unvisited)
    {
        while (frontier.Count > 0)
        {
            var query = _walk == PatchWalk.RandomWalk ? frontier.Last!.Value : frontier.First!.Value;
            if (_walk == PatchWalk.RandomWalk)
            {
                frontier.RemoveLast();
            }
            else
            {
                frontier.RemoveFirst();
            }

            if (unvisited.Contains(query))
            {
                return query;
            }
        }

        return null;
    }
}
