namespace Bigrain.Training.Locality;

/// <summary>How local batches are.</summary>
public static class BatchDensity
{
    /// <summary>Mean share of the batch's other documents that are candidates of a query.</summary>
    /// <param name="batches">Batches.</param>
    /// <param name="graph">Whose candidates count.</param>
    /// <returns>A share of [0, 1]: over all queries, how much of what they are scored against is a candidate of theirs.</returns>
    public static double Of(IReadOnlyList<TrainingBatch> batches, CandidateGraph graph)
    {
        ArgumentNullException.ThrowIfNull(batches);
        ArgumentNullException.ThrowIfNull(graph);
        var (sum, count) = (0.0, 0);
        foreach (var batch in batches)
        {
            var shared = batch.DistinctDocuments();
            for (var place = 0; place < batch.Queries.Length; place++)
            {
                var candidates = new HashSet<int>(graph.Forward(batch.Queries[place]).ToArray());
                var documents = batch.Shared ? shared : batch.NegativesOf(place).ToArray();
                var others = documents.Count(document => document != batch.Positives[place]);
                var inside = documents.Count(document => document != batch.Positives[place] && candidates.Contains(document));
                sum += others == 0 ? 0 : (double)inside / others;
                count++;
            }
        }

        return count == 0 ? 0 : sum / count;
    }
}
