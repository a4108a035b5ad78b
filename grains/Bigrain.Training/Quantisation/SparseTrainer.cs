using Bigrain.Index.Errors;
using Bigrain.Training.Data;
using Bigrain.Training.Numerics;
using Bigrain.Training.Settings;

namespace Bigrain.Training.Quantisation;

/// <summary>Stage S: codebooks, and a query head, that learn to rank.</summary>
/// <remarks>Starts from OPQ, takes steps on batches of queries, encodes the corpus anew at each evaluation and keeps the best
/// evaluation on the validation queries; step 0 is one of them, so the result is never worse there than the start. Each epoch
/// draws from a sequence of its own, so a run that goes on from a state does to the bit what it would have done without
/// the break; nor does anything depend on the number of threads. Holds a rotated copy of the documents. Not synchronised.</remarks>
public sealed class SparseTrainer
{
    private const ulong StartStream = 1;
    private const ulong CentroidStream = 2;
    private const ulong TemperatureStream = 3;
    private const ulong EpochStream = 1000;

    /// <summary>Steps over which the weight of the coarse loss is measured.</summary>
    private const int RatioSteps = 20;

    private readonly TrainingSet _set;
    private readonly SparseOptions _options;
    private readonly int[] _training;
    private readonly int _batchCount;
    private readonly SeededRandom _random;
    private readonly SparseStart _start;
    private readonly SparseObjective _objective;
    private readonly SparseBatchBuilder _batches;
    private readonly SparseEvaluator _evaluator;
    private readonly LearningRateSchedule _schedule;
    private readonly double _codebookRate;
    private readonly SparseParameters _parameters;
    private readonly Adam _codebookAdam;
    private readonly Adam? _centroidAdam;
    private readonly Adam? _headAdam;
    private readonly List<SparseEvaluation> _history = [];
    private SparseWeights _best;
    private int _bestEvaluation;
    private int _epoch;
    private int _step;
    private double _fineLossSum;
    private double _coarseLossSum;
    private bool _stopped;

    /// <summary>Prepares a run from its start; the rotation is fitted here.</summary>
    /// <param name="set">What to learn from.</param>
    /// <param name="options">Settings; defaults if null.</param>
    /// <param name="start">A start fitted before with the same subspaces and bits; null to fit one.</param>
    /// <param name="cancellation">Stops the fitting of the start.</param>
    /// <exception cref="BigrainException">A setting is out of its range, or the set has no query to train on.</exception>
    public SparseTrainer(
        TrainingSet set,
        SparseOptions? options = null,
        OptimisedRotation? start = null,
        CancellationToken cancellation = default)
        : this(set, options ?? new SparseOptions(), start, state: null, cancellation)
    {
    }

    private SparseTrainer(
        TrainingSet set, SparseOptions options, OptimisedRotation? start, SparseState? state, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(set);
        SettingsCheck.Require(options);
        SettingsCheck.Require(options.Start);
        var (dimension, threads) = (set.Dimension, options.Threads);
        if (options.Start.SubspaceCount > dimension)
        {
            throw new BigrainException(
                ErrorCode.InvalidArgument,
                $"{options.Start.SubspaceCount} subspaces do not fit dimension {dimension}; ask for fewer",
                nameof(RotationOptions.SubspaceCount));
        }

        _set = set;
        _random = new SeededRandom(options.Seed);
        _training = [.. set.Split.Training.Where(query => set.Relevant.Of(query).Length > 0 || options.LabelShare < 1)];
        if (_training.Length == 0)
        {
            throw new BigrainException(
                ErrorCode.InvalidArgument, "no training query has a relevant document; give judgements, or distil", nameof(set));
        }

        // 1. The start.
        _start = state is not null
            ? SparseStart.From(set, options, state, cancellation)
            : SparseStart.From(
                set,
                options,
                start ?? OptimisedRotation.Train(set.Documents, options.Start, _random.Fork(StartStream), threads, cancellation),
                _random.Fork(CentroidStream),
                cancellation);

        // 2. What follows from it: temperatures, pools, judges, steps.
        _options = SparseTemperatures.Resolve(set, options, _start, _training, _random.Fork(TemperatureStream));
        _objective = new SparseObjective(
            _options,
            _start.Rotation,
            set.Queries,
            _start.Rotated,
            options.FrozenCodes ? _start.Codes : null,
            _start.Codes.Lists);
        _batches = new SparseBatchBuilder(
            set,
            _options,
            SparsePools.Negatives(set, _options, _start, _training, cancellation),
            SparsePools.Teacher(set, _options, _training, cancellation));
        _evaluator = new SparseEvaluator(set, _options, _start.Rotated);
        if (_evaluator.QueryCount == 0)
        {
            throw new BigrainException(
                ErrorCode.InvalidArgument, "no validation query has a relevant document; give judgements for some", nameof(set));
        }

        var batchSize = Math.Clamp(_training.Length / 8, 2, options.BatchSize);
        _batchCount = Math.Max(1, (_training.Length + (batchSize / 2)) / batchSize);
        _schedule = new LearningRateSchedule(Math.Max(1, options.Epochs * _batchCount));
        _codebookRate = options.CodebookRate * _start.Codebooks.RootMeanSquare;

        // 3. What is trained.
        var head = state is null && options.QueryHead ? new float[dimension * dimension] : null;
        var current = state?.Current ?? new SparseWeights(_start.Codebooks.Values, _start.Centroids?.Values, head);
        _parameters = SparseParameters.From(current, dimension, options.Start, set.Metric);
        _codebookAdam = state is null ? new Adam(_start.Codebooks.Values.Length) : new Adam(state.CodebookMemory);
        _centroidAdam = _start.Centroids is null ? null
            : state is null ? new Adam(_start.Centroids.Values.Length)
            : new Adam(state.CentroidMemory!);
        _headAdam = _parameters.Head is null ? null
            : state is null ? new Adam(dimension * dimension)
            : new Adam(state.HeadMemory!);
        _best = state?.Best ?? _parameters.Capture();
        if (state is not null)
        {
            (_bestEvaluation, _epoch, _step) = (state.BestEvaluation, state.Epoch, state.Step);
            (_fineLossSum, _coarseLossSum, _stopped) = (state.FineLossSum, state.CoarseLossSum, state.Stopped);
            _history.AddRange(state.History);
        }
    }

    /// <summary>Whether nothing is left to do.</summary>
    public bool IsDone => _stopped;

    /// <summary>All evaluations so far, step 0 first.</summary>
    public IReadOnlyList<SparseEvaluation> History => _history;

    /// <summary>Steps of the whole run, if it does not stop early.</summary>
    public int TotalSteps => _options.Epochs * _batchCount;

    /// <summary>Goes on from a state, with the same training set and settings.</summary>
    /// <param name="set">What to learn from.</param>
    /// <param name="options">Settings.</param>
    /// <param name="state">State to go on from.</param>
    /// <param name="cancellation">Stops the preparation.</param>
    public static SparseTrainer Resume(
        TrainingSet set, SparseOptions options, SparseState state, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(state);
        return new SparseTrainer(set, options, start: null, state, cancellation);
    }

    /// <summary>Trains to the next evaluation; the first call evaluates step 0.</summary>
    /// <param name="progress">Told after each step; null if nobody listens.</param>
    /// <param name="cancellation">Stops between steps; the trainer is of no use then, its last captured state is.</param>
    /// <returns>The evaluation; null when training was over before.</returns>
    public SparseEvaluation? Advance(IProgress<SparseProgress>? progress = null, CancellationToken cancellation = default)
    {
        if (_stopped)
        {
            return null;
        }

        double losses = 0;
        var steps = 0;
        for (var i = 0; _history.Count > 0 && i < _options.EvaluationEpochs && _epoch < _options.Epochs; i++)
        {
            foreach (var loss in Epoch(progress, cancellation))
            {
                losses += loss;
                steps++;
            }
        }

        var evaluation = Evaluate(losses / Math.Max(1, steps), cancellation);
        _history.Add(evaluation);
        if (evaluation.Score > _history[_bestEvaluation].Score)
        {
            (_best, _bestEvaluation) = (_parameters.Capture(), _history.Count - 1);
        }

        _stopped = _epoch >= _options.Epochs || _history.Count - 1 - _bestEvaluation >= _options.Patience;
        return evaluation;
    }

    /// <summary>Trains to the end.</summary>
    /// <param name="progress">Told after each step; null if nobody listens.</param>
    /// <param name="cancellation">Stops between steps.</param>
    public SparseResult Train(IProgress<SparseProgress>? progress = null, CancellationToken cancellation = default)
    {
        while (Advance(progress, cancellation) is not null)
        {
        }

        return Result();
    }

    /// <summary>The result so far: the model of the best evaluation.</summary>
    public SparseResult Result()
    {
        if (_history.Count == 0)
        {
            throw new InvalidOperationException("nothing was evaluated yet");
        }

        var best = SparseParameters.From(_best, _set.Dimension, _options.Start, _set.Metric);
        var initial = _start.ModelOf(_set.Metric);
        var model = _bestEvaluation == 0 ? initial : ModelOf(best);
        return new SparseResult(model, initial, _history[_bestEvaluation], [.. _history], _start.OrthogonalityError);
    }

    /// <summary>Copies the whole state; call it between two calls of <see cref="Advance"/>.</summary>
    public SparseState Capture() => new(
        (float[])_start.Rotation.Values.Clone(),
        (float[])_start.Codebooks.Values.Clone(),
        (float[]?)_start.Centroids?.Values.Clone(),
        _start.OrthogonalityError,
        _parameters.Capture(),
        _best,
        _bestEvaluation,
        _codebookAdam.Capture(),
        _centroidAdam?.Capture(),
        _headAdam?.Capture(),
        _epoch,
        _step,
        _fineLossSum,
        _coarseLossSum,
        _stopped,
        [.. _history]);

    private List<double> Epoch(IProgress<SparseProgress>? progress, CancellationToken cancellation)
    {
        var random = _random.Fork(EpochStream + (ulong)_epoch);
        var order = (int[])_training.Clone();
        random.Shuffle<int>(order);
        var losses = new List<double>(_batchCount);
        for (var i = 0; i < _batchCount; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            var first = (int)((long)order.Length * i / _batchCount);
            var end = (int)((long)order.Length * (i + 1) / _batchCount);
            losses.Add(Step(_batches.Build(order.AsSpan(first, end - first), random)));
            progress?.Report(new SparseProgress(_step, TotalSteps, losses[^1]));
        }

        _epoch++;
        return losses;
    }

    private double Step(SparseBatch batch)
    {
        var gradients = _objective.Compute(_parameters, batch, CoarseWeight);
        GradientClipping.Clip(
            _options.ClipLength, gradients.Codebooks, gradients.Centroids ?? [], gradients.Head ?? []);
        var factor = _schedule.Factor(_step++);
        _codebookAdam.Step(_parameters.Codebooks.Values, gradients.Codebooks, factor * _codebookRate);
        _centroidAdam?.Step(_parameters.Centroids!.Values, gradients.Centroids!, factor * _codebookRate);
        _headAdam?.Step(_parameters.Head!.Weights.Values, gradients.Head!, factor * _options.HeadRate);
        return gradients.Loss;
    }

    /// <summary>Ratio of the losses over the first steps, which then stays: one noisy batch must not decide it.</summary>
    private double CoarseWeight(double fineLoss, double coarseLoss)
    {
        if (_step < RatioSteps)
        {
            _fineLossSum += fineLoss;
            _coarseLossSum += coarseLoss;
        }

        return _coarseLossSum > 0 ? _fineLossSum / _coarseLossSum : 1;
    }

    private SparseModel ModelOf(SparseParameters parameters) => new(
        _set.Metric,
        _start.Rotation,
        _options.FrozenCodes ? _start.Codebooks : parameters.Codebooks,
        _options.FrozenCodes ? parameters.Codebooks : null,
        parameters.Centroids,
        parameters.Head?.Weights);

    private SparseEvaluation Evaluate(double loss, CancellationToken cancellation)
    {
        if (_history.Count == 0)
        {
            return _evaluator.Evaluate(_start.ModelOf(_set.Metric), _start.Codes, 0, 0, loss, cancellation);
        }

        var model = ModelOf(_parameters);
        var codes = _start.Codes;
        if (!_options.FrozenCodes)
        {
            using var encoder = new Encoder(_start.Rotation, model.EncodeCodebooks, model.Centroids);
            codes = encoder.EncodeRotated(_start.Rotated, codes.Lists, _options.Threads, cancellation);
        }

        return _evaluator.Evaluate(model, codes, _epoch, _step, loss, cancellation);
    }
}
