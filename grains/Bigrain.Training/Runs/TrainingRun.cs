using System.Globalization;
using Bigrain.Index.Errors;
using Bigrain.Training.Data;
using Bigrain.Training.Dense;
using Bigrain.Training.Evaluation;
using Bigrain.Training.Numerics;
using Bigrain.Training.Quantisation;

namespace Bigrain.Training.Runs;

/// <summary>Both stages one after the other, with a checkpoint at every evaluation.</summary>
/// <remarks>1. codes that learn to rank; 2. their candidates; 3. heads on those; 4. the weight of the estimate; 5. one look at the test
/// queries. A run that goes on from its checkpoint gives to the bit what it would have given without the break.</remarks>
public sealed class TrainingRun
{
    private const int Deep = 1_000;
    private const ulong BootstrapSeed = 17;

    private readonly TrainingSet _set;
    private readonly RunOptions _options;
    private readonly RunFolder _folder;
    private readonly TimeProvider _clock;
    private readonly IProgress<RunProgress> _progress;
    private readonly string _dataHash;
    private long _metricsBytes;

    /// <summary>Prepares a run.</summary>
    /// <param name="set">What to learn from; queries without a relevant document are left out.</param>
    /// <param name="options">Settings.</param>
    /// <param name="folder">Where to write.</param>
    /// <param name="clock">Clock of the metrics.</param>
    /// <param name="progress">Told how far it has come.</param>
    /// <exception cref="BigrainException">The set cannot be learned from.</exception>
    public TrainingRun(TrainingSet set, RunOptions options, RunFolder folder, TimeProvider clock, IProgress<RunProgress> progress)
    {
        ArgumentNullException.ThrowIfNull(set);
        ArgumentNullException.ThrowIfNull(options);
        TrainingChecks.Check(set, options);
        _set = set with { Split = Judged(set) };
        _options = options with { Sparse = options.Sparse with { Seed = options.Seed } };
        (_folder, _clock, _progress) = (folder, clock, progress);
        _dataHash = DataHash.Of(_set);
    }

    /// <summary>Runs to the end.</summary>
    /// <param name="resume">Whether to go on from the checkpoint of the folder, if there is one.</param>
    /// <param name="cancellation">Stops between steps; the last checkpoint stays.</param>
    /// <exception cref="BigrainException">The checkpoint is of other data or settings.</exception>
    public RunResult Run(bool resume = false, CancellationToken cancellation = default)
    {
        RunState? state = resume ? Checked(_folder.LoadCheckpoint()) : null;
        _metricsBytes = state?.MetricsBytes ?? 0;
        _folder.CutMetrics(_metricsBytes);

        // 1. Stage S.
        SparseTrainer sparse = RunSparse(state, cancellation);
        SparseResult codes = sparse.Result();
        var index = new SparseIndex(codes.Model, _set.Documents, _options.Sparse.Threads, cancellation);

        // 2. Candidates.
        _progress.Report(new RunProgress("searching candidates", 0, 0));
        int[][] relevant = _set.RelevantOf(_set.Split.Validation);
        ScoredRows[] deep = Search(index, _set.Split.Validation, Deep, cancellation);
        int count = Math.Min(_set.Documents.Rows, _options.Candidates > 0
            ? _options.Candidates
            : CandidateCount.Choose([.. deep.Select(static found => found.Rows)], relevant));
        int[][] candidates = [.. deep.Select(found => found.Rows[..Math.Min(count, found.Rows.Length)])];

        // 3. Stage D.
        DenseResult? dense = _options.Dense is null ? null : RunDense(index, candidates, sparse, state?.Dense, cancellation);

        // 4. The weight of the estimate.
        DenseHeads heads = dense?.Heads ?? DenseHeads.Identity(_set.Dimension, _set.Metric, document: false);
        float lambda = LambdaFit.Choose(
            candidates,
            Reranking.Scores(heads.Query.Apply(_set.Queries.Gather(_set.Split.Validation)), candidates, heads.OfDocuments(_set.Documents)),
            [.. deep.Select(found => found.Scores[..Math.Min(count, found.Scores.Length)])],
            relevant);

        // 5. The last word.
        RunResult result = Measure(codes, dense, index, heads, lambda, count, cancellation);
        RunPlots.Write(_folder, codes.History, dense?.History ?? [], result);
        return result;
    }

    private SparseTrainer RunSparse(RunState? state, CancellationToken cancellation)
    {
        _progress.Report(new RunProgress("fitting the rotation", 0, 0));
        SparseTrainer trainer = state is null
            ? new SparseTrainer(_set, _options.Sparse, cancellation: cancellation)
            : SparseTrainer.Resume(_set, _options.Sparse, state.Sparse, cancellation);
        long start = _clock.GetTimestamp();
        var steps = new Steps(_progress);
        while (trainer.Advance(steps, cancellation) is { } evaluation)
        {
            _metricsBytes = _folder.AppendMetric(MetricLine.Of(evaluation, _clock.GetElapsedTime(start).TotalSeconds));
            _folder.SaveCheckpoint(new RunState(_options, _dataHash, _metricsBytes, trainer.Capture(), null));
            _progress.Report(new RunProgress(
                "codes",
                evaluation.Step,
                trainer.TotalSteps,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"codes, epoch {evaluation.Epoch}: R@10 {evaluation.Recall10:F4}, R@100 {evaluation.Recall100:F4}, MRR@10 {evaluation.ReciprocalRank10:F4}, loss {evaluation.TrainingLoss:F4}")));
        }

        return trainer;
    }

    private DenseResult RunDense(SparseIndex index, int[][] validation, SparseTrainer sparse, DenseState? state, CancellationToken cancellation)
    {
        DenseOptions options = _options.Dense!;
        int positives = _set.Split.Training.Max(query => _set.Relevant.Of(query).Length);
        int depth = Math.Max(options.Forward.End, options.Backward.End) + positives;
        int[][] training = [.. Search(index, _set.Split.Training, depth, cancellation).Select(static found => found.Rows)];
        var trainer = new DenseTrainer(_set, training, validation, options, _options.Seed, state);
        SparseState done = sparse.Capture();
        long start = _clock.GetTimestamp();
        if (state is null)
        {
            Note(trainer.History[0]);
        }

        while (!trainer.IsFinished)
        {
            Note(trainer.Advance(cancellation));
        }

        return trainer.Result();

        void Note(DenseEvaluation evaluation)
        {
            _metricsBytes = _folder.AppendMetric(MetricLine.Of(evaluation, _clock.GetElapsedTime(start).TotalSeconds));
            _folder.SaveCheckpoint(new RunState(_options, _dataHash, _metricsBytes, done, trainer.Capture()));
            _progress.Report(new RunProgress(
                "heads",
                evaluation.Epoch,
                options.Epochs,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"heads, epoch {evaluation.Epoch}: R@10 {evaluation.Recall:F4}, MRR@10 {evaluation.ReciprocalRank:F4}, loss {evaluation.Loss:F4}")));
        }
    }

    private RunResult Measure(
        SparseResult codes, DenseResult? dense, SparseIndex index, DenseHeads heads, float lambda, int count, CancellationToken cancellation)
    {
        _progress.Report(new RunProgress("measuring", 0, 0));
        bool isTest = _set.Split.Test.Length > 0;
        int[] asked = isTest ? _set.Split.Test : _set.Split.Validation;
        int[][] relevant = _set.RelevantOf(asked);
        var start = new SparseIndex(codes.Initial, _set.Documents, _options.Sparse.Threads, cancellation);
        DenseHeads plain = DenseHeads.Identity(_set.Dimension, _set.Metric, document: false);
        RankingScores before = Verified(start, plain, 0);
        RankingScores after = Verified(index, heads, lambda);
        RankingScores exact = RankingScores.Of(
            ExactSearch.Search(_set.Queries.Gather(asked), _set.Documents, Math.Min(_set.Documents.Rows, Math.Max(100, count)), cancellation), relevant, count);
        return new RunResult(
            codes,
            dense,
            lambda,
            count,
            _dataHash,
            isTest ? "test" : "validation",
            Mean(before),
            Mean(after),
            Mean(exact),
            PairedBootstrap.Compare(after.ReciprocalRank, before.ReciprocalRank, BootstrapSeed),
            PairedBootstrap.Compare(after.Recall10, before.Recall10, BootstrapSeed));

        RankingScores Verified(SparseIndex searched, DenseHeads with, float weight)
        {
            ScoredRows[] found = Search(searched, asked, count, cancellation);
            int[][] rows = [.. found.Select(static one => one.Rows)];
            float[][] scores = Reranking.Scores(with.Query.Apply(_set.Queries.Gather(asked)), rows, with.OfDocuments(_set.Documents));
            return RankingScores.Of(Reranking.Order(rows, scores, [.. found.Select(static one => one.Scores)], weight), relevant, count);
        }
    }

    private static RunMeasures Mean(RankingScores scores) =>
        new(scores.ReciprocalRank.Average(), scores.Recall10.Average(), scores.RecallCandidates.Average());

    private ScoredRows[] Search(SparseIndex index, int[] queries, int count, CancellationToken cancellation) =>
        index.Search(_set.Queries.Gather(queries), Math.Min(count, _set.Documents.Rows), 0, cancellation);

    private RunState? Checked(RunState? state)
    {
        if (state is not null && state.DataHash != _dataHash)
        {
            throw new BigrainException(
                ErrorCode.Conflict, $"{_folder.Path} was begun with other data (hash {state.DataHash}, now {_dataHash}); begin a new run in another folder", "run");
        }

        if (state is not null && state.Options != _options)
        {
            throw new BigrainException(
                ErrorCode.Conflict, $"{_folder.Path} was begun with other settings; go on with the same ones, or begin a new run in another folder", "run");
        }

        return state;
    }

    private static QuerySplit Judged(TrainingSet set)
    {
        return new QuerySplit(Of(set.Split.Training), Of(set.Split.Validation), Of(set.Split.Test));

        int[] Of(int[] queries) => [.. queries.Where(query => set.Relevant.Of(query).Length > 0)];
    }

    private sealed class Steps(IProgress<RunProgress> target) : IProgress<SparseProgress>
    {
        public void Report(SparseProgress value) => target.Report(new RunProgress("codes", value.Step, value.TotalSteps));
    }
}
