using System.Text.Json;
using System.Text.Json.Nodes;
using Bigrain.Index.Models;
using Bigrain.Index.Schema;
using Bigrain.Training.Data;
using Bigrain.Training.Numerics;
using Bigrain.Training.Quantisation;
using Bigrain.Training.Runs;

namespace Bigrain.Cli.Training;

/// <summary>Makes the model file of what a run learned.</summary>
internal static class ModelWriter
{
    /// <summary>Makes it.</summary>
    /// <param name="result">What was learned.</param>
    /// <param name="set">What it was learned from.</param>
    /// <param name="options">With which settings.</param>
    public static TrainedModel Make(RunResult result, TrainingSet set, RunOptions options)
    {
        SparseModel sparse = result.Sparse.Model;
        return TrainedModel.Create(new ModelContent
        {
            Dimension = set.Dimension,
            Metric = set.Metric == RankMetric.Dot ? Metric.Dot : Metric.Cosine,
            Rotation = sparse.Rotation.Values,
            Codebooks = sparse.EncodeCodebooks.ToKernels(),
            ScoreCodebooks = sparse.ScoreCodebooks?.ToKernels(),
            Centroids = sparse.Centroids?.Values,
            SparseQueryHead = UnlessZero(sparse.QueryHead),
            DenseQueryHead = UnlessZero(result.Dense?.Heads.Query.Weights),
            DenseDocumentHead = UnlessZero(result.Dense?.Heads.Document?.Weights),
            Lambda = result.Lambda,
            Shortlist = result.Candidates,
            Provenance = Provenance(result, set, options),
        });
    }

    /// <summary>A head of zeroes changes nothing, and would be paid for with every query.</summary>
    private static float[]? UnlessZero(Matrix? weights) => weights is null || weights.Values.All(static value => value == 0) ? null : weights.Values;

    private static string Provenance(RunResult result, TrainingSet set, RunOptions options) => new JsonObject
    {
        ["trainer"] = "bigrain train",
        ["data"] = set.Name,
        ["dataHash"] = result.DataHash,
        ["seed"] = options.Seed,
        ["documents"] = set.Documents.Rows,
        ["trainingQueries"] = set.Split.Training.Length,
        ["measuredOn"] = result.MeasuredOn,
        ["before"] = JsonSerializer.SerializeToNode(result.Before, JsonSerializerOptions.Web),
        ["after"] = JsonSerializer.SerializeToNode(result.After, JsonSerializerOptions.Web),
        ["sparseBestStep"] = result.Sparse.Best.Step,
        ["denseBestStep"] = result.Dense?.Best.Step,
    }.ToJsonString();
}
