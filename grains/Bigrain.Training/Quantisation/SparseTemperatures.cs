using Bigrain.Training.Data;
using Bigrain.Training.Numerics;

namespace Bigrain.Training.Quantisation;

/// <summary>Temperatures that fit the scale of a set, where the settings leave them open.</summary>
internal static class SparseTemperatures
{
    private const int SampleRows = 256;

    /// <summary>Temperature for vectors of unit length.</summary>
    private const double Unit = 0.05;

    /// <summary>The same settings with both temperatures filled in.</summary>
    public static SparseOptions Resolve(
        TrainingSet set, SparseOptions options, SparseStart start, int[] training, SeededRandom random) => options with
        {
            Temperature = options.Temperature > 0 ? options.Temperature
                : set.Metric == RankMetric.Cosine ? Unit
                : Spread(set, training, random, options.Threads),
            AssignmentTemperature = options.AssignmentTemperature > 0 || options.Assignment == AssignmentKind.HardGather
                ? options.AssignmentTemperature
                : Gap(start, random),
        };

    /// <summary>Standard deviation of the exact scores of some queries and documents.</summary>
    private static double Spread(TrainingSet set, int[] training, SeededRandom random, int threads)
    {
        var chosen = random.Sample(training.Length, Math.Min(training.Length, SampleRows));
        var queries = set.Queries.Gather(Array.ConvertAll(chosen, i => training[i]));
        var documents = set.Documents.Gather(random.Sample(set.Documents.Rows, Math.Min(set.Documents.Rows, SampleRows)));
        var scores = MatrixProduct.MultiplyTransposed(queries, documents, threads).Values;
        var mean = scores.Sum(score => (double)score) / scores.Length;
        var spread = Math.Sqrt(scores.Sum(score => (score - mean) * (score - mean)) / scores.Length);
        return spread > 0 ? spread : 1;
    }

    private static double Gap(SparseStart start, SeededRandom random)
    {
        var rows = random.Sample(start.Rotated.Rows, Math.Min(start.Rotated.Rows, SampleRows));
        var parts = start.Rotated.Gather(rows);
        if (start.Centroids is not null)
        {
            Residuals.Subtract(parts.Values, start.Centroids, Array.ConvertAll(rows, row => start.Codes.Lists![row]));
        }

        return SoftAssignment.MeanGap(start.Codebooks, parts);
    }
}
