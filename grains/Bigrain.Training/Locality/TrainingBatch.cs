namespace Bigrain.Training.Locality;

/// <summary>The queries and documents of one step.</summary>
/// <param name="Queries">Positions of the queries in the training list.</param>
/// <param name="Positives">The positive of each query: a document row.</param>
/// <param name="Negatives">Negatives of the first query, then of the second, and so on: document rows.</param>
/// <param name="Shared">Whether a query is scored against all documents of the batch, or only against its own.</param>
public sealed record TrainingBatch(int[] Queries, int[] Positives, int[] Negatives, bool Shared)
{
    /// <summary>Negatives of one query.</summary>
    /// <param name="place">Its place in the batch.</param>
    public ReadOnlySpan<int> NegativesOf(int place)
    {
        var each = Negatives.Length / Queries.Length;
        return Negatives.AsSpan(place * each, each);
    }

    /// <summary>The documents of the batch, each once, in the order of their first appearance.</summary>
    /// <remarks>A document that is the positive of two queries would otherwise be two columns of the softmax, one of
    /// them a negative that equals the positive.</remarks>
    public int[] DistinctDocuments()
    {
        var seen = new HashSet<int>();
        return [.. Positives.Concat(Negatives).Where(seen.Add)];
    }
}
