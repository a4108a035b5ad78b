using Bigrain.Training.Data;
using Bigrain.Training.Evaluation;
using Bigrain.Training.Locality;

namespace Bigrain.Training.Quantisation;

/// <summary>The documents that a training query is compared with beyond its batch; one list for each query of the set.</summary>
internal static class SparsePools
{
    /// <summary>What the index of step 0 ranks first, without what is relevant; empty where negatives are drawn from all.</summary>
    public static int[][] Negatives(
        TrainingSet set, SparseOptions options, SparseStart start, int[] training, CancellationToken cancellation)
    {
        if (options.Negatives != NegativeSource.Candidates || options.NegativeCount == 0 || options.Epochs == 0)
        {
            return [];
        }

        var index = new SparseIndex(start.ModelOf(set.Metric), start.Codes, options.Threads);
        var found = index.Search(set.Queries.Gather(training), options.NegativeDepth, 0, cancellation);
        var pools = new int[set.Queries.Rows][];
        for (var i = 0; i < training.Length; i++)
        {
            pools[training[i]] = [.. found[i].Rows.Where(row => !set.Relevant.Contains(training[i], row))];
        }

        return pools;
    }

    /// <summary>What the exact scores rank first; empty without distillation.</summary>
    public static int[][] Teacher(TrainingSet set, SparseOptions options, int[] training, CancellationToken cancellation)
    {
        if (options.LabelShare >= 1 || options.Epochs == 0)
        {
            return [];
        }

        var depth = Math.Min(options.NegativeDepth, set.Documents.Rows);
        var found = ExactSearch.Search(set.Queries.Gather(training), set.Documents, depth, cancellation);
        var pools = new int[set.Queries.Rows][];
        for (var i = 0; i < training.Length; i++)
        {
            pools[training[i]] = found[i];
        }

        return pools;
    }
}
