using Bigrain.Training.Data;
using Bigrain.Training.Evaluation;
using Bigrain.Training.Heads;
using Bigrain.Training.Locality;
using Bigrain.Training.Numerics;
using Bigrain.Training.Settings;

namespace Bigrain.Training.Dense;

/// <summary>Trains the dense heads to tell positives from the candidates that the sparse index returns.</summary>
/// <remarks>BiDR, section 3.3, over frozen vectors. After each epoch the candidates of the validation queries are ordered by
/// the heads; the best evaluation wins, and the one before training takes part, so training cannot ship a regression
/// on validation. The chance of an epoch comes from the seed and its number: a run that goes on from a state equals one
/// that was never stopped, to the bit. Not synchronised.</remarks>
public sealed class DenseTrainer
{
    private readonly TrainingSet _set;
    private readonly DenseOptions _options;
    private readonly SeededRandom _random;
    private readonly CandidateGraph _graph;
    private readonly IBatchSampler _sampler;
    private readonly DenseLoss _loss;
    private readonly LearningRateSchedule _schedule;
    private readonly ValidationCandidates _validation;
    private readonly DenseHeads _heads;
    private readonly Adam _queryOptimiser;
    private readonly Adam? _documentOptimiser;
    private readonly List<DenseEvaluation> _history;
    private DenseHeads _best;
    private int _epoch;
    private int _step;
    private double _negatives;
    private double _density;

    /// <summary>Prepares a run, or the rest of one.</summary>
    /// <param name="set">Vectors, judgements and split; every query of the split needs a relevant document.</param>
    /// <param name="trainingCandidates">What the sparse index returns for each training query, best first.</param>
    /// <param name="validationCandidates">What it returns for each validation query: exactly what would be verified.</param>
    /// <param name="options">Settings.</param>
    /// <param name="seed">Seed of all chance.</param>
    /// <param name="resume">State to go on from; null to begin.</param>
    public DenseTrainer(
        TrainingSet set,
        int[][] trainingCandidates,
        int[][] validationCandidates,
        DenseOptions options,
        ulong seed,
        DenseState? resume = null)
    {
        ArgumentNullException.ThrowIfNull(set);
        ArgumentNullException.ThrowIfNull(options);
        SettingsCheck.Require(options);
        (_set, _options, _random) = (set, options, new SeededRandom(seed));
        _graph = new CandidateGraph(
            trainingCandidates,
            set.RelevantOf(set.Split.Training),
            set.Documents.Rows,
            options.Forward,
            options.Backward);
        _sampler = SamplerOf(options, _graph);
        _loss = new DenseLoss(set, set.Split.Training, options);
        _validation = new ValidationCandidates(set, validationCandidates);
        var stepsOfEpoch = (set.Split.Training.Length + options.BatchSize - 1) / options.BatchSize;
        _schedule = new LearningRateSchedule(Math.Max(1, stepsOfEpoch * options.Epochs));
        _heads = DenseHeads.Identity(set.Dimension, set.Metric, options.DocumentHead);
        if (resume is null)
        {
            _best = _heads.Copy(set.Metric);
            _queryOptimiser = new Adam(_heads.Query.Weights.Values.Length, options.WeightDecay);
            _documentOptimiser = _heads.Document is { } head ? new Adam(head.Weights.Values.Length, options.WeightDecay) : null;
            _history = [_validation.Evaluate(_heads, 0, 0, 0)];
            return;
        }

        _heads = HeadsOf(resume.QueryWeights, resume.DocumentWeights);
        _best = HeadsOf(resume.BestQueryWeights, resume.BestDocumentWeights);
        _queryOptimiser = new Adam(resume.QueryOptimiser, options.WeightDecay);
        _documentOptimiser = resume.DocumentOptimiser is { } state ? new Adam(state, options.WeightDecay) : null;
        _history = [.. resume.History];
        (_epoch, _step, _negatives, _density) = (resume.Epoch, resume.Step, resume.Negatives, resume.Density);
    }

    /// <summary>All evaluations so far.</summary>
    public IReadOnlyList<DenseEvaluation> History => _history;

    /// <summary>Whether all epochs are done, or patience is at its end.</summary>
    public bool IsFinished
    {
        get
        {
            var best = _history.IndexOf(Best);
            return _epoch >= _options.Epochs || _history.Count - 1 - best >= _options.Patience;
        }
    }

    /// <summary>What the best heads were chosen by; the earliest of equals.</summary>
    private DenseEvaluation Best => _history.MaxBy(evaluation => evaluation.Value)!;

    /// <summary>Runs to the end.</summary>
    /// <param name="evaluated">Called after each evaluation, for progress and checkpoints.</param>
    /// <param name="cancellation">Ends training after a step.</param>
    public DenseResult Run(Action<DenseEvaluation>? evaluated = null, CancellationToken cancellation = default)
    {
        while (!IsFinished)
        {
            var evaluation = Advance(cancellation);
            evaluated?.Invoke(evaluation);
        }

        return Result();
    }

    /// <summary>Trains one epoch and evaluates.</summary>
    /// <param name="cancellation">Ends training after a step; the trainer is of no use then but for what was captured.</param>
    public DenseEvaluation Advance(CancellationToken cancellation = default)
    {
        var batches = _sampler.Epoch(_random.Fork((ulong)_epoch));
        var loss = 0.0;
        foreach (var batch in batches)
        {
            cancellation.ThrowIfCancellationRequested();
            loss += Step(batch);
        }

        _density += BatchDensity.Of(batches, _graph);
        _epoch++;
        var evaluation = _validation.Evaluate(_heads, _epoch, _step, loss / batches.Count);
        if (evaluation.Value > Best.Value)
        {
            _best = _heads.Copy(_set.Metric);
        }

        _history.Add(evaluation);
        return evaluation;
    }

    /// <summary>The result so far.</summary>
    public DenseResult Result() => new(
        _best.Copy(_set.Metric),
        Best,
        [.. _history],
        _step == 0 ? 0 : _negatives / _step,
        _epoch == 0 ? 0 : _density / _epoch);

    /// <summary>Copies all that is needed to go on; valid between two calls of <see cref="Advance"/>.</summary>
    public DenseState Capture() => new(
        _epoch,
        _step,
        [.. _heads.Query.Weights.Values],
        _heads.Document is null ? null : [.. _heads.Document.Weights.Values],
        _queryOptimiser.Capture(),
        _documentOptimiser?.Capture(),
        [.. _best.Query.Weights.Values],
        _best.Document is null ? null : [.. _best.Document.Weights.Values],
        [.. _history],
        _negatives,
        _density);

    private static IBatchSampler SamplerOf(DenseOptions options, CandidateGraph graph)
    {
        var size = options.BatchSize;
        return options.Sampling switch
        {
            DenseSampling.InBatch => new RandomBatchSampler(graph, size, 1, NegativeSource.Anywhere, shared: true),
            // As many of its own as a shared batch of the same size would have.
            DenseSampling.CandidatesOnly => new RandomBatchSampler(
                graph, size, (2 * size) - 1, NegativeSource.Candidates, shared: false),
            DenseSampling.CandidatesInBatch => new RandomBatchSampler(graph, size, 1, NegativeSource.Candidates, shared: true),
            DenseSampling.RandomWalk => new LocalitySampler(graph, size, PatchWalk.RandomWalk, options.PatchCount),
            DenseSampling.Snowball => new LocalitySampler(graph, size, PatchWalk.Snowball, options.PatchCount),
            _ => throw new ArgumentOutOfRangeException(nameof(options), options.Sampling, "unknown sampling"),
        };
    }

    private double Step(TrainingBatch batch)
    {
        var step = _loss.Compute(batch, _heads);
        var rate = _options.LearningRate * _schedule.Factor(_step);
        var query = step.QueryGradient.Values;
        if (step.DocumentGradient?.Values is { } document)
        {
            GradientClipping.Clip(1, query, document);
            _documentOptimiser!.Step(_heads.Document!.Weights.Values, document, rate);
        }
        else
        {
            GradientClipping.Clip(1, query);
        }

        _queryOptimiser.Step(_heads.Query.Weights.Values, query, rate);
        _step++;
        _negatives += step.Negatives;
        return step.Loss;
    }

    private DenseHeads HeadsOf(float[] query, float[]? document) => new(
        HeadOf(query), document is null ? null : HeadOf(document));

    private ResidualHead HeadOf(float[] weights) =>
        new(new Matrix([.. weights], _set.Dimension, _set.Dimension), _set.Metric);
}
