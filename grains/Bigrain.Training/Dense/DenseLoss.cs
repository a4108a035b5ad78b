using Bigrain.Kernels.Distances;
using Bigrain.Training.Data;
using Bigrain.Training.Locality;
using Bigrain.Training.Losses;
using Bigrain.Training.Numerics;

namespace Bigrain.Training.Dense;

/// <summary>The loss of the dense stage and its gradient in the heads.</summary>
/// <remarks>BiDR, equation 7. A document is one column, however often it is in the batch. A query does not see its other
/// labelled positives, documents that nearly equal its positive, and, in a batch that is not shared, the documents of
/// the others.</remarks>
public sealed class DenseLoss
{
    private readonly TrainingSet _set;
    private readonly int[] _queries;
    private readonly float _nearDuplicate;

    /// <summary>Prepares the loss over a list of training queries.</summary>
    /// <param name="set">Vectors and judgements.</param>
    /// <param name="queries">Rows of the training queries; batches name positions in this list.</param>
    /// <param name="options">Temperature and near-duplicate limit.</param>
    public DenseLoss(TrainingSet set, int[] queries, DenseOptions options)
    {
        ArgumentNullException.ThrowIfNull(set);
        ArgumentNullException.ThrowIfNull(queries);
        ArgumentNullException.ThrowIfNull(options);
        (_set, _queries, _nearDuplicate) = (set, queries, options.NearDuplicate);
        Temperature = set.Metric == RankMetric.Cosine
            ? options.Temperature
            : options.Temperature * RootMeanNorm(set.Queries) * RootMeanNorm(set.Documents);
    }

    /// <summary>Temperature that scores are divided by; scaled by the vectors' lengths when those are not 1.</summary>
    public double Temperature { get; }

    /// <summary>Loss and gradients of one batch.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="heads">The heads as they are now.</param>
    public StepLoss Compute(TrainingBatch batch, DenseHeads heads)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(heads);
        var columns = batch.DistinctDocuments();
        int[] rows = [.. batch.Queries.Select(query => _queries[query])];
        var stored = _set.Documents.Gather(columns);
        var queryPass = heads.Query.Forward(_set.Queries.Gather(rows));
        var documentPass = heads.Document?.Forward(stored);
        var documents = documentPass?.Output ?? stored;

        var places = PlacesOf(columns);
        int[] targets = [.. batch.Positives.Select(positive => places[positive])];
        var masked = Mask(batch, rows, columns, targets, stored);
        var scores = MatrixProduct.MultiplyTransposed(queryPass.Output, documents);
        var slope = new Matrix(scores.Rows, scores.Columns);
        var loss = MaskedInfoNce.Compute(scores, Temperature, targets, masked, slope);

        var queryGradient = heads.Query.Backward(queryPass, MatrixProduct.Multiply(slope, documents));
        var documentGradient = documentPass is null
            ? null
            : heads.Document!.Backward(documentPass, MatrixProduct.TransposedMultiply(slope, queryPass.Output));
        var seen = masked.Length - masked.Count(hidden => hidden);
        return new StepLoss(loss, ((double)seen / rows.Length) - 1, queryGradient, documentGradient);
    }

    private static Dictionary<int, int> PlacesOf(int[] columns)
    {
        var places = new Dictionary<int, int>(columns.Length);
        for (var column = 0; column < columns.Length; column++)
        {
            places.Add(columns[column], column);
        }

        return places;
    }

    private static double RootMeanNorm(Matrix vectors)
    {
        var sum = 0.0;
        for (var row = 0; row < vectors.Rows; row++)
        {
            sum += Norm.Squared(vectors.Row(row));
        }

        return Math.Sqrt(sum / Math.Max(1, vectors.Rows));
    }

    private bool[] Mask(TrainingBatch batch, int[] rows, int[] columns, int[] targets, Matrix documents)
    {
        var masked = new bool[rows.Length * columns.Length];
        var likeness = MatrixProduct.MultiplyTransposed(documents.Gather(targets), documents);
        float[] lengths = [.. Enumerable.Range(0, columns.Length).Select(column => Norm.Euclidean(documents.Row(column)))];
        for (var place = 0; place < rows.Length; place++)
        {
            var line = masked.AsSpan(place * columns.Length, columns.Length);
            var own = batch.Shared ? null : new HashSet<int>(batch.NegativesOf(place).ToArray());
            var limit = _nearDuplicate * lengths[targets[place]];
            for (var column = 0; column < columns.Length; column++)
            {
                line[column] = column != targets[place]
                    && (own?.Contains(columns[column]) == false
                        || _set.Relevant.Contains(rows[place], columns[column])
                        || likeness.Row(place)[column] > limit * lengths[column]);
            }
        }

        return masked;
    }
}
