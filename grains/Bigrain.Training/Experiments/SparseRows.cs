using Bigrain.Training.Data;
using Bigrain.Training.Evaluation;
using Bigrain.Training.Numerics;
using Bigrain.Training.Quantisation;

namespace Bigrain.Training.Experiments;

/// <summary>Runs the rows of the sparse side under one seed.</summary>
internal sealed class SparseRows(TrainingSet set, ExperimentOptions options, RowCollector rows, TimeProvider time)
{
    private static readonly int[] Probes = [1, 4, 16, 0];

    private readonly Matrix _test = set.Queries.Gather(set.Split.Test);
    private readonly int[][] _relevant = set.RelevantOf(set.Split.Test);

    /// <summary>Runs them all and returns the models that the dense side builds on: S1 and S4.</summary>
    public Dictionary<string, SparseModel> Run(ulong seed, Action<string>? log, CancellationToken cancellation)
    {
        var whole = options.Scope == ExperimentScope.Whole;
        if (whole)
        {
            Plain(seed, log, cancellation);
        }

        var started = time.GetTimestamp();
        var settings = options.Sparse with { Seed = seed, Patience = Math.Max(1, options.Sparse.Epochs) };
        // One start for all rows of a seed: they differ in what comes after it.
        var start = OptimisedRotation.Train(
            set.Documents, settings.Start, new SeededRandom(seed).Fork(1), settings.Threads, cancellation);
        var startSeconds = time.GetElapsedTime(started).TotalSeconds;
        var models = new Dictionary<string, SparseModel>();
        foreach (var (name, title, scope, change) in RowPlan.Sparse)
        {
            if (scope == ExperimentScope.Whole && !whole)
            {
                continue;
            }

            started = time.GetTimestamp();
            var result = new SparseTrainer(set, change(settings), start, cancellation).Train(cancellation: cancellation);
            var rankings = Search(new SparseIndex(result.Model, set.Documents, settings.Threads, cancellation), 0, cancellation);
            Add(name, title, seed, rankings, time.GetElapsedTime(started).TotalSeconds + startSeconds, result, log);
            models[name] = result.Model;
        }

        if (whole && options.CentroidCount > 0)
        {
            Coarse(settings, seed, start, log, cancellation);
        }

        return models;
    }

    /// <summary>Row S0: codebooks of the vectors as they are.</summary>
    private void Plain(ulong seed, Action<string>? log, CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        var settings = options.Sparse with
        {
            Seed = seed,
            Epochs = 0,
            QueryHead = false,
            Start = options.Sparse.Start with { Start = RotationStart.Identity, Rounds = 0 },
        };
        var result = new SparseTrainer(set, settings, cancellation: cancellation).Train(cancellation: cancellation);
        var rankings = Search(new SparseIndex(result.Model, set.Documents, settings.Threads, cancellation), 0, cancellation);
        Add("S0", "PQ", seed, rankings, time.GetElapsedTime(started).TotalSeconds, result, log);
    }

    /// <summary>Rows S7: coarse lists by k-means alone, then trained; each looked into a few lists deep.</summary>
    private void Coarse(
        SparseOptions settings, ulong seed, OptimisedRotation start, Action<string>? log, CancellationToken cancellation)
    {
        var started = time.GetTimestamp();
        var coarse = settings with { QueryHead = false, LabelShare = 1, CentroidCount = options.CentroidCount };
        var result = new SparseTrainer(set, coarse, start, cancellation).Train(cancellation: cancellation);
        var rotated = MatrixProduct.MultiplyTransposed(set.Documents, start.Rotation, settings.Threads);
        int[] lists;
        using (var encoder = new Encoder(start.Rotation, result.Initial.EncodeCodebooks, result.Initial.Centroids))
        {
            lists = encoder.NearestLists(rotated, settings.Threads);
        }

        var seconds = time.GetElapsedTime(started).TotalSeconds;
        foreach (var (prefix, title, model) in new[]
        {
            ("S7k", "OPQ and coarse lists by k-means", result.Initial),
            ("S7", "the same, trained", result.Model),
        })
        {
            // Documents stay in the lists they were trained in: the trained centroids are not their nearest ones.
            using var encoder = new Encoder(model.Rotation, model.EncodeCodebooks, model.Centroids);
            var codes = encoder.EncodeRotated(rotated, lists, settings.Threads, cancellation);
            var index = new SparseIndex(model, codes, settings.Threads);
            foreach (var probes in Probes)
            {
                var name = $"{prefix}@{(probes == 0 ? "all" : probes)}";
                var rankings = Search(index, probes, cancellation);
                Add(name, $"{title}, {(probes == 0 ? "all" : probes)} looked into", seed, rankings, seconds, result, log);
            }
        }
    }

    private int[][] Search(SparseIndex index, int probes, CancellationToken cancellation)
    {
        var depth = Math.Min(Math.Max(100, options.Candidates), set.Documents.Rows);
        return [.. index.Search(_test, depth, probes, cancellation).Select(found => found.Rows)];
    }

    private void Add(
        string name, string title, ulong seed, int[][] rankings, double seconds, SparseResult result, Action<string>? log)
    {
        var scores = RankingScores.Of(rankings, _relevant, options.Candidates);
        var notes = new SortedDictionary<string, double>(StringComparer.Ordinal)
        {
            [RunNotes.Steps] = result.History[^1].Step,
            [RunNotes.BestStep] = result.Best.Step,
            [RunNotes.ValidationBefore] = result.History[0].Score,
            [RunNotes.ValidationBest] = result.Best.Score,
            [RunNotes.SquaredError] = result.Best.SquaredError,
        };
        rows.Add(name, title, RowSide.Sparse, new ExperimentRun(seed, scores, null, seconds, notes));
        log?.Invoke(FormattableString.Invariant(
            $"{set.Name} seed {seed} {name}: R@10 {scores.Recall10.Average():0.0000} MRR@10 {scores.ReciprocalRank.Average():0.0000}, step {result.Best.Step} of {result.History[^1].Step}, {seconds:0.0} s"));
    }
}
