using Bigrain.Training.Data;
using Bigrain.Training.Evaluation;
using Bigrain.Training.Numerics;

namespace Bigrain.Training.Quantisation;

/// <summary>Judges a model on the validation queries that have a relevant document, over the whole corpus.</summary>
internal sealed class SparseEvaluator
{
    private static readonly int[] ProbeCounts = [1, 4, 16, 0];

    private readonly SparseOptions _options;
    private readonly Matrix _rotated;
    private readonly Matrix _queries;
    private readonly int[][] _relevant;

    public SparseEvaluator(TrainingSet set, SparseOptions options, Matrix rotated)
    {
        var asked = set.Split.Validation.Where(query => set.Relevant.Of(query).Length > 0).ToArray();
        (_options, _rotated) = (options, rotated);
        _queries = set.Queries.Gather(asked);
        _relevant = Array.ConvertAll(asked, query => set.Relevant.Of(query).ToArray());
    }

    /// <summary>Number of queries that judge.</summary>
    public int QueryCount => _relevant.Length;

    /// <summary>Searches and measures.</summary>
    public SparseEvaluation Evaluate(
        SparseModel model, ProductCodes codes, int epoch, int step, double loss, CancellationToken cancellation)
    {
        var index = new SparseIndex(model, codes, _options.Threads);
        var depth = Math.Max(100, Math.Max(_options.SelectionDepth, _options.CandidateDepth));
        var found = Search(index, depth, 0, cancellation);
        var probes = codes.Lists is null ? [] : ProbeCounts.Select(count =>
        {
            var some = count == 0 ? found : Search(index, 100, count, cancellation);
            return new ProbeRecall(count, Recall(some, 10), Recall(some, 100));
        });
        return new SparseEvaluation(
            epoch,
            step,
            loss,
            Recall(found, _options.SelectionDepth),
            Recall(found, 10),
            Recall(found, 100),
            Recall(found, _options.CandidateDepth),
            RankingMetrics.ReciprocalRank(found, _relevant, 10).Average(),
            SquaredError(model, codes),
            UsedWords(codes, model.EncodeCodebooks.WordCount),
            [.. probes]);
    }

    private static int UsedWords(ProductCodes codes, int wordCount)
    {
        var used = new bool[codes.SubspaceCount * wordCount];
        for (var i = 0; i < codes.Values.Length; i++)
        {
            used[((i % codes.SubspaceCount) * wordCount) + codes.Values[i]] = true;
        }

        return Enumerable.Range(0, codes.SubspaceCount)
            .Min(subspace => used.AsSpan(subspace * wordCount, wordCount).Count(true));
    }

    private int[][] Search(SparseIndex index, int depth, int probes, CancellationToken cancellation) =>
        Array.ConvertAll(index.Search(_queries, depth, probes, cancellation), found => found.Rows);

    private double Recall(int[][] found, int depth) => RankingMetrics.Recall(found, _relevant, depth).Average();

    private double SquaredError(SparseModel model, ProductCodes codes)
    {
        var errors = new double[_rotated.Rows];
        FixedChunks.Run(_rotated.Rows, 1024, _options.Threads, (first, count) =>
        {
            var value = new float[_rotated.Columns];
            for (var row = first; row < first + count; row++)
            {
                model.TableCodebooks.Decode(codes.Of(row), value);
                var target = _rotated.Row(row);
                var centroid = codes.Lists is null ? [] : model.Centroids!.Row(codes.Lists[row]);
                for (var i = 0; i < value.Length; i++)
                {
                    double difference = target[i] - value[i] - (centroid.IsEmpty ? 0 : centroid[i]);
                    errors[row] += difference * difference;
                }
            }
        });
        return errors.Sum() / Math.Max(1, errors.Length);
    }
}
