using Bigrain.Training.Data;

namespace Bigrain.Training.Evaluation;

/// <summary>Judgements of chosen queries.</summary>
public static class RelevantDocuments
{
    /// <summary>Relevant document rows of queries, in the order they are named in.</summary>
    /// <param name="set">The set.</param>
    /// <param name="queries">Rows of the queries.</param>
    public static int[][] RelevantOf(this TrainingSet set, int[] queries)
    {
        ArgumentNullException.ThrowIfNull(set);
        ArgumentNullException.ThrowIfNull(queries);
        return [.. queries.Select(query => set.Relevant.Of(query).ToArray())];
    }
}
