using Bigrain.Training.Numerics;

namespace Bigrain.Training.Locality;

/// <summary>Batches of queries in random order, each with a positive and some negatives.</summary>
/// <remarks>With shared documents this is in-batch sampling; with documents of its own each query sees only its negatives.</remarks>
public sealed class RandomBatchSampler : IBatchSampler
{
    private readonly CandidateGraph _graph;
    private readonly int _batchSize;
    private readonly int _negatives;
    private readonly NegativeSource _source;
    private readonly bool _shared;

    /// <summary>Makes a sampler.</summary>
    /// <param name="graph">Candidates and positives.</param>
    /// <param name="batchSize">Queries of a batch, at least 1.</param>
    /// <param name="negatives">Negatives drawn for each query.</param>
    /// <param name="source">Where they come from.</param>
    /// <param name="shared">Whether a query is scored against the documents of the others too.</param>
    public RandomBatchSampler(
        CandidateGraph graph, int batchSize, int negatives, NegativeSource source, bool shared)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(negatives, shared ? 0 : 1);
        (_graph, _batchSize, _negatives, _source, _shared) = (graph, batchSize, negatives, source, shared);
    }

    /// <inheritdoc/>
    public IReadOnlyList<TrainingBatch> Epoch(SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(random);
        int[] order = [.. Enumerable.Range(0, _graph.QueryCount)];
        random.Shuffle(order.AsSpan());
        return [.. order.Chunk(_batchSize).Select(queries => Batch(queries, random))];
    }

    private TrainingBatch Batch(int[] queries, SeededRandom random)
    {
        var positives = new int[queries.Length];
        var negatives = new List<int>(queries.Length * _negatives);
        var used = new HashSet<int>();
        for (var place = 0; place < queries.Length; place++)
        {
            var own = _graph.Positives(queries[place]);
            positives[place] = own[random.Next(own.Length)];
            if (!_shared)
            {
                used.Clear();
            }

            used.Add(positives[place]);
            negatives.AddRange(NegativeChoice.Draw(_graph, queries[place], _source, used, _negatives, random));
        }

        return new TrainingBatch(queries, positives, [.. negatives], _shared);
    }
}
