using Bigrain.Index.Errors;
using Bigrain.Kernels.Matrix;
using Bigrain.Training.Data;
using Bigrain.Training.Numerics;

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
    private const ulong CalibrationStream = 3;
    private const ulong EpochStream = 1000;
    private const int CalibrationRows = 256;

    /// <summary>Steps over which the weight of the coarse loss is measured.</summary>
    private const int RatioSteps = 20;

    /// <summary>Temperature for vectors of unit length.</summary>
    private const double UnitTemperature = 0.05;

    private static readonly int[] ProbeCounts = [1, 4, 16];

    private readonly TrainingSet _set;
    private readonly SparseOptions _options;
    private readonly int[] _training;
    private readonly int _batchCount;
    private readonly SeededRandom _random;
    private readonly Matrix _rotation;
    private readonly ProductCodebooks _startCodebooks;
    private readonly Matrix? _startCentroids;
    private readonly double _orthogonalityError;
    private readonly Matrix _rotated;
    private readonly int[]? _lists;
    private readonly ProductCodes _startCodes;
    private readonly SparseObjective _objective;
    private readonly SparseBatchBuilder _batches;
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
        options.Validate();
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
        if (state is null)
        {
            start ??= OptimisedRotation.Train(set.Documents, options.Start, _random.Fork(StartStream), threads, cancellation);
            (_rotation, _orthogonalityError) = (start.Rotation, start.OrthogonalityError);
            _rotated = MatrixProduct.MultiplyTransposed(set.Documents, _rotation, threads);
            (_startCodebooks, _startCentroids) = options.CentroidCount == 0
                ? (start.Codebooks.Copy(), null)
                : CoarseStart(options, cancellation);
        }
        else
        {
            _rotation = new Matrix(state.Rotation, dimension, dimension);
            _orthogonalityError = state.OrthogonalityError;
            _rotated = MatrixProduct.MultiplyTransposed(set.Documents, _rotation, threads);
            var shape = options.Start;
            _startCodebooks = new ProductCodebooks(state.StartCodebooks, dimension, shape.SubspaceCount, shape.Bits);
            _startCentroids = state.StartCentroids is null
                ? null
                : new Matrix(state.StartCentroids, state.StartCentroids.Length / dimension, dimension);
        }

        // 2. What follows from the start: lists, codes, temperatures, negatives, teacher.
        _options = options;
        using (var encoder = new Encoder(_rotation, _startCodebooks, _startCentroids))
        {
            _lists = _startCentroids is null ? null : encoder.NearestLists(_rotated, threads);
            _startCodes = encoder.EncodeRotated(_rotated, _lists, threads, cancellation);
        }

        _options = options with { Temperature = Temperature(options), AssignmentTemperature = AssignmentTemperature(options) };
        _objective = new SparseObjective(
            _options, _rotation, set.Queries, _rotated, options.FrozenCodes ? _startCodes : null, _lists);
        _batches = new SparseBatchBuilder(set, _options, NegativePools(cancellation), TeacherPools());
        var batchSize = Math.Clamp(_training.Length / 8, 2, options.BatchSize);
        _batchCount = Math.Max(1, (_training.Length + (batchSize / 2)) / batchSize);
        _schedule = new LearningRateSchedule(Math.Max(1, options.Epochs * _batchCount));
        _codebookRate = options.CodebookRate * _startCodebooks.RootMeanSquare;

        // 3. What is trained.
        var head = state is null && options.QueryHead ? new float[dimension * dimension] : null;
        var current = state?.Current ?? new SparseWeights(_startCodebooks.Values, _startCentroids?.Values, head);
        _parameters = SparseParameters.From(current, dimension, options.Start, set.Metric);
        _codebookAdam = state is null ? new Adam(_startCodebooks.Values.Length) : new Adam(state.CodebookMemory);
        _centroidAdam = _startCentroids is null ? null
            : state is null ? new Adam(_startCentroids.Values.Length)
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
        var initial = new SparseModel(_set.Metric, _rotation, _startCodebooks, null, _startCentroids);
        var model = _bestEvaluation == 0 ? initial : ModelOf(best);
        return new SparseResult(model, initial, _history[_bestEvaluation], [.. _history], _orthogonalityError);
    }

    /// <summary>Copies the whole state; call it between two calls of <see cref="Advance"/>.</summary>
    public SparseState Capture() => new(
        (float[])_rotation.Values.Clone(),
        (float[])_startCodebooks.Values.Clone(),
        (float[]?)_startCentroids?.Values.Clone(),
        _orthogonalityError,
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

    /// <summary>Coarse centroids by k-means in the rotated space, and codebooks fitted to what they leave over.</summary>
    private (ProductCodebooks Codebooks, Matrix Centroids) CoarseStart(SparseOptions options, CancellationToken cancellation)
    {
        var random = _random.Fork(CentroidStream);
        var (dimension, count) = (_set.Dimension, Math.Min(options.CentroidCount, _rotated.Rows));
        var settings = new KMeansOptions { Seed = random.Word(), Threads = options.Threads };
        var centroids = new Matrix(
            KMeans.Train(_rotated.Values, dimension, count, settings, cancellation), count, dimension);
        var sample = _rotated.Rows <= options.Start.MaxSampleRows
            ? _rotated.Copy()
            : _rotated.Gather(random.Sample(_rotated.Rows, options.Start.MaxSampleRows));
        var lists = new int[sample.Rows];
        using (var table = new CentroidTable(centroids.Values, count, dimension))
        {
            table.Nearest(sample.Values, lists);
        }

        Residuals.Subtract(sample.Values, centroids, lists);
        var codebooks = new ProductCodebooks(dimension, options.Start.SubspaceCount, options.Start.Bits);
        SubspaceLloyd.Start(sample, codebooks, random);
        new SubspaceLloyd(sample, options.Threads).Run(codebooks, 2 * options.Start.WordRounds, random, cancellation);
        return (codebooks, centroids);
    }

    /// <summary>The temperature of the settings, or one that fits the scale of the scores.</summary>
    private double Temperature(SparseOptions options)
    {
        if (options.Temperature > 0)
        {
            return options.Temperature;
        }

        if (_set.Metric == RankMetric.Cosine)
        {
            return UnitTemperature;
        }

        var random = _random.Fork(CalibrationStream);
        var queries = _set.Queries.Gather([.. random.Sample(_training.Length, Math.Min(_training.Length, CalibrationRows))
            .Select(i => _training[i])]);
        var documents = _set.Documents.Gather(random.Sample(_set.Documents.Rows, Math.Min(_set.Documents.Rows, CalibrationRows)));
        var scores = MatrixProduct.MultiplyTransposed(queries, documents, options.Threads).Values;
        var mean = scores.Sum(score => (double)score) / scores.Length;
        var spread = Math.Sqrt(scores.Sum(score => (score - mean) * (score - mean)) / scores.Length);
        return spread > 0 ? spread : 1;
    }

    private double AssignmentTemperature(SparseOptions options)
    {
        if (options.AssignmentTemperature > 0 || options.Assignment == AssignmentKind.HardGather)
        {
            return options.AssignmentTemperature;
        }

        var rows = _random.Fork(CalibrationStream).Sample(_rotated.Rows, Math.Min(_rotated.Rows, CalibrationRows));
        var parts = _rotated.Gather(rows);
        if (_lists is not null)
        {
            Residuals.Subtract(parts.Values, _startCentroids!, Array.ConvertAll(rows, row => _lists[row]));
        }

        return SoftAssignment.MeanGap(_startCodebooks, parts);
    }

    /// <summary>For each training query what the index of step 0 ranks first, without what is relevant.</summary>
    private int[][] NegativePools(CancellationToken cancellation)
    {
        if (_options.Negatives != NegativeSource.Index || _options.NegativeCount == 0 || _options.Epochs == 0)
        {
            return [];
        }

        var index = new SparseIndex(
            new SparseModel(_set.Metric, _rotation, _startCodebooks, null, _startCentroids), _startCodes, _options.Threads);
        var found = index.Search(_set.Queries.Gather(_training), _options.NegativeDepth, 0, cancellation);
        var pools = new int[_set.Queries.Rows][];
        for (var i = 0; i < _training.Length; i++)
        {
            pools[_training[i]] = [.. found[i].Rows.Where(row => !_set.Relevant.Contains(_training[i], row))];
        }

        return pools;
    }

    /// <summary>For each training query what the exact scores rank first.</summary>
    private int[][] TeacherPools()
    {
        if (_options.LabelShare >= 1 || _options.Epochs == 0)
        {
            return [];
        }

        var pools = new int[_set.Queries.Rows][];
        var depth = Math.Min(_options.NegativeDepth, _set.Documents.Rows);
        using var packed = new PackedMatrix(_set.Documents.Values, _set.Documents.Rows, _set.Dimension);
        FixedChunks.Run(_training.Length, 24, _options.Threads, (first, count) =>
        {
            var queries = _set.Queries.Gather(_training.AsSpan(first, count));
            var scores = new Matrix(count, _set.Documents.Rows);
            packed.InnerProducts(queries.Values, scores.Values);
            var top = new TopScores(depth);
            for (var i = 0; i < count; i++)
            {
                top.AddRange(scores.Row(i), 0);
                pools[_training[first + i]] = top.Take().Rows;
            }
        });
        return pools;
    }

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
        _rotation,
        _options.FrozenCodes ? _startCodebooks : parameters.Codebooks,
        _options.FrozenCodes ? parameters.Codebooks : null,
        parameters.Centroids,
        parameters.Head?.Weights);

    private SparseEvaluation Evaluate(double loss, CancellationToken cancellation)
    {
        var model = _history.Count == 0
            ? new SparseModel(_set.Metric, _rotation, _startCodebooks, null, _startCentroids)
            : ModelOf(_parameters);
        var codes = _startCodes;
        if (!_options.FrozenCodes && _history.Count > 0)
        {
            using var encoder = new Encoder(_rotation, model.EncodeCodebooks, model.Centroids);
            codes = encoder.EncodeRotated(_rotated, _lists, _options.Threads, cancellation);
        }

        var index = new SparseIndex(model, codes, _options.Threads);
        var (asked, judged) = (_set.Split.Validation, _set.Relevant);
        var queries = _set.Queries.Gather(asked);
        var depth = Math.Max(100, Math.Max(_options.SelectionDepth, _options.CandidateDepth));
        var found = index.Search(queries, depth, 0, cancellation);
        var probes = _lists is null ? [] : ProbeCounts.Append(0).Select(count =>
        {
            var some = count == 0 ? found : index.Search(queries, 100, count, cancellation);
            return new ProbeRecall(
                count,
                SparseValidation.Recall(some, asked, judged, 10),
                SparseValidation.Recall(some, asked, judged, 100));
        });
        return new SparseEvaluation(
            _epoch,
            _step,
            loss,
            SparseValidation.Recall(found, asked, judged, _options.SelectionDepth),
            SparseValidation.Recall(found, asked, judged, 10),
            SparseValidation.Recall(found, asked, judged, 100),
            SparseValidation.Recall(found, asked, judged, _options.CandidateDepth),
            SparseValidation.ReciprocalRank(found, asked, judged, 10),
            SquaredError(model, codes),
            UsedWords(codes, _startCodebooks.WordCount),
            [.. probes]);
    }

    private double SquaredError(SparseModel model, ProductCodes codes)
    {
        double sum = 0;
        var value = new float[_rotated.Columns];
        for (var row = 0; row < _rotated.Rows; row++)
        {
            model.TableCodebooks.Decode(codes.Of(row), value);
            var target = _rotated.Row(row);
            var centroid = codes.Lists is null ? [] : model.Centroids!.Row(codes.Lists[row]);
            double error = 0;
            for (var i = 0; i < value.Length; i++)
            {
                double difference = target[i] - value[i] - (centroid.IsEmpty ? 0 : centroid[i]);
                error += difference * difference;
            }

            sum += error;
        }

        return sum / Math.Max(1, _rotated.Rows);
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
}
