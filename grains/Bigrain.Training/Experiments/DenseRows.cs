using Bigrain.Training.Data;
using Bigrain.Training.Dense;
using Bigrain.Training.Evaluation;
using Bigrain.Training.Numerics;
using Bigrain.Training.Quantisation;

namespace Bigrain.Training.Experiments;

/// <summary>Runs the rows of the dense side under one seed, on the candidates of the sparse models of that seed.</summary>
internal sealed class DenseRows(TrainingSet set, ExperimentOptions options, RowCollector rows, TimeProvider time)
{
    private readonly Matrix _test = set.Queries.Gather(set.Split.Test);
    private readonly int[][] _relevant = set.RelevantOf(set.Split.Test);
    private readonly int[][] _validationRelevant = set.RelevantOf(set.Split.Validation);

    /// <summary>Runs the rows of the scope.</summary>
    public void Run(ulong seed, Dictionary<string, SparseModel> models, Action<string>? log, CancellationToken cancellation)
    {
        var whole = options.Scope == ExperimentScope.Whole;
        // The way back of row D6 reaches to rank 400, whatever the settings say.
        var depth = Math.Max(whole ? 400 : 0, Math.Max(options.Dense.Forward.End, options.Dense.Backward.End));
        var candidates = new Dictionary<string, SparseCandidates>();
        foreach (var name in whole ? new[] { "S1", "S4" } : ["S4"])
        {
            candidates[name] = SparseCandidates.Of(models[name], set, options.Candidates, depth, cancellation);
        }

        var identity = DenseHeads.Identity(set.Dimension, set.Metric, document: false);
        Add("D0", "S4, unadapted vectors", seed, identity, null, candidates["S4"], 0, log, cancellation);
        if (whole)
        {
            Add("S1+D0", "S1, unadapted vectors", seed, identity, null, candidates["S1"], 0, log, cancellation);
        }

        foreach (var row in RowPlan.Dense.Where(row => whole || row.Name == "D5"))
        {
            var started = time.GetTimestamp();
            var settings = row.Change(options.Dense) with { Patience = options.Dense.Epochs };
            var result = new DenseTrainer(
                set, candidates[row.Graph].Training, candidates[row.Candidates].Validation, settings, seed)
                .Run(cancellation: cancellation);
            var seconds = time.GetElapsedTime(started).TotalSeconds;
            Add(row.Name, row.Title, seed, result.Heads, result, candidates[row.Candidates], seconds, log, cancellation);
        }
    }

    private void Add(
        string name,
        string title,
        ulong seed,
        DenseHeads heads,
        DenseResult? result,
        SparseCandidates candidates,
        double seconds,
        Action<string>? log,
        CancellationToken cancellation)
    {
        var documents = heads.OfDocuments(set.Documents);
        var queries = heads.Query.Apply(_test);
        var exact = Reranking.Scores(queries, candidates.Test, documents);
        var scores = RankingScores.Of(Reranking.Order(candidates.Test, exact), _relevant, options.Candidates);
        var everywhere = RankingScores.Of(
            ExactSearch.Search(queries, documents, Math.Min(Math.Max(100, options.Candidates), documents.Rows), cancellation),
            _relevant,
            options.Candidates);
        var notes = new SortedDictionary<string, double>(StringComparer.Ordinal)
        {
            [RunNotes.CandidateCount] = CandidateCount.Choose(candidates.ValidationDeep, _validationRelevant),
        };
        if (result is not null)
        {
            notes[RunNotes.Negatives] = result.Negatives;
            notes[RunNotes.Density] = result.Density;
            notes[RunNotes.Steps] = result.History[^1].Step;
            notes[RunNotes.BestStep] = result.Best.Step;
            notes[RunNotes.ValidationBefore] = result.History[0].Value;
            notes[RunNotes.ValidationBest] = result.Best.Value;
        }

        rows.Add(name, title, RowSide.Dense, new ExperimentRun(seed, scores, everywhere, seconds, notes));
        log?.Invoke(FormattableString.Invariant(
            $"{set.Name} seed {seed} {name}: MRR@10 {scores.ReciprocalRank.Average():0.0000} R@10 {scores.Recall10.Average():0.0000}, everywhere {everywhere.ReciprocalRank.Average():0.0000} {everywhere.Recall10.Average():0.0000}, step {result?.Best.Step} of {result?.History[^1].Step}, {seconds:0.0} s"));
        if (name == "D5")
        {
            rows.Add("A1", "exact, heads of D5", RowSide.Exact, new ExperimentRun(seed, everywhere, null, seconds, notes));
            Weighted(seed, heads, candidates, documents, exact, seconds);
        }
    }

    /// <summary>Row D5 once more with the weight of the estimate that the validation queries choose.</summary>
    private void Weighted(
        ulong seed, DenseHeads heads, SparseCandidates candidates, Matrix documents, float[][] exact, double seconds)
    {
        var validation = Reranking.Scores(
            heads.Query.Apply(set.Queries.Gather(set.Split.Validation)), candidates.Validation, documents);
        var lambda = LambdaFit.Choose(
            candidates.Validation, validation, candidates.ValidationEstimates, _validationRelevant);
        var order = Reranking.Order(candidates.Test, exact, candidates.TestEstimates, lambda);
        var notes = new SortedDictionary<string, double>(StringComparer.Ordinal) { [RunNotes.Lambda] = lambda };
        rows.Add(
            "D5+λ",
            "D5 and a weight of the estimate, fitted on validation",
            RowSide.Dense,
            new ExperimentRun(seed, RankingScores.Of(order, _relevant, options.Candidates), null, seconds, notes));
    }
}
