using System.CommandLine;
using System.Globalization;
using Bigrain.Cli.Files;
using Bigrain.Cli.Tooling;
using Bigrain.Training.Dense;
using Bigrain.Training.Quantisation;
using Bigrain.Training.Runs;

namespace Bigrain.Cli.Training;

/// <summary>Options of <c>bigrain train</c>, and what they mean.</summary>
internal sealed class TrainFlags
{
    private readonly Option<string?> _set;
    private readonly Option<string?> _documents;
    private readonly Option<string?> _documentIds;
    private readonly Option<string?> _text;
    private readonly Option<string?> _collection;
    private readonly Option<string?> _queries;
    private readonly Option<string?> _queryIds;
    private readonly Option<string?> _qrels;
    private readonly Option<string?> _encoder;
    private readonly Option<bool> _unlabelled;
    private readonly Option<bool> _skipMissing;
    private readonly Option<string> _metric;
    private readonly Option<int> _dimension;
    private readonly Option<int> _maxQueries;
    private readonly Option<double> _validation;
    private readonly Option<double> _test;
    private readonly Option<string> _titleField;
    private readonly Option<string> _textField;
    private readonly Option<int> _seed;
    private readonly Option<int?> _subspaces;
    private readonly Option<int?> _bits;
    private readonly Option<int?> _epochs;
    private readonly Option<int?> _batch;
    private readonly Option<double?> _temperature;
    private readonly Option<double?> _codebookRate;
    private readonly Option<double?> _headRate;
    private readonly Option<double?> _distil;
    private readonly Option<int?> _centroids;
    private readonly Option<bool> _noQueryHead;
    private readonly Option<bool> _noDense;
    private readonly Option<bool> _noDocumentHead;
    private readonly Option<int?> _denseEpochs;
    private readonly Option<int?> _denseBatch;
    private readonly Option<double?> _denseRate;
    private readonly Option<string?> _sampling;
    private readonly Option<int?> _candidates;

    /// <summary>Makes the options.</summary>
    public TrainFlags(ToolContext context)
    {
        _documents = Text("--documents", $"document vectors ({VectorFiles.Formats})");
        _documentIds = Text("--document-ids", "one id a line; default: the row's own id, or its number");
        _text = Text("--text", "documents as text: .jsonl with id, title, text; an encoder is fitted and kept with the run");
        _collection = Text("--collection", "documents of a live collection");
        _set = Text("--set", $"a set to try it with: {NamedSets.Names}");
        _queries = Text("--queries", "query vectors; with --text a .jsonl of query texts");
        _queryIds = Text("--query-ids", "one id a line");
        _qrels = Text("--qrels", "judgements: query, iteration, document, grade (TREC), or query, document, grade under a line of names");
        _encoder = Text("--encoder", "text encoder of an earlier run; with --collection it makes queries of the documents' own text");
        _unlabelled = Flag.Switch(context, "--unlabelled", "no judgements: hold documents out as queries, their exact neighbours are relevant");
        _skipMissing = Flag.Switch(context, "--skip-missing", "pass over judgements of ids that are not there");
        _metric = Flag.Optional(context, "--metric", "of vectors out of files: cosine or dot", OneOf("cosine", "dot"), "cosine");
        _dimension = Flag.Optional(context, "--dimension", "of an encoder that is fitted", Values.Int(2, 1_024), 256);
        _maxQueries = Flag.Optional(context, "--max-queries", "queries to make at most, of texts or of vectors", Values.Int(40, 1_000_000), 6_000);
        _validation = Flag.Optional(context, "--validation", "share of the queries that chooses the best step", Values.Share, 0.1);
        _test = Flag.Optional(context, "--test", "share of the queries that is kept for the figures at the end", Values.Share, 0.2);
        _titleField = Flag.Optional(context, "--title-field", "payload field of the title", Values.Text, "title");
        _textField = Flag.Optional(context, "--text-field", "payload field of the text", Values.Text, "text");
        _seed = Flag.Optional(context, "--seed", "seed of all chance", Values.Int(0, int.MaxValue), 1);
        _subspaces = Number("--subspaces", "M: parts of a code; a document takes M times --bits / 8 bytes; default 8, or 16 of 4 bits below 10,000 documents", 1, 4_096);
        _bits = Number("--bits", "bits of a part: 4 or 8", 4, 8);
        _epochs = Number("--epochs", "most passes of the codes' training; default 12", 0, 1_000);
        _batch = Number("--batch", "queries of a step; default 256, at most an eighth of all", 2, 65_536);
        _temperature = Real("--temperature", "divides scores before the softmax; default 0.05 for cosine, the scores' spread for dot", 100);
        _codebookRate = Real("--codebook-rate", "learning rate of the codebooks, as a share of the size of their entries; default 0.02", 1);
        _headRate = Real("--head-rate", "learning rate of the coarse query head; default 0.002", 1);
        _distil = Real("--distil", "share of the loss that is learned from exact scores instead of judgements; default 0, with --unlabelled 1", 1);
        _centroids = Number("--centroids", "coarse centroids; default 0 for none", 0, 65_536);
        _noQueryHead = Flag.Switch(context, "--no-query-head", "leave the coarse query as it is");
        _noDense = Flag.Switch(context, "--no-dense", "train codes alone; verification then scores vectors as they are");
        _noDocumentHead = Flag.Switch(context, "--no-document-head", "leave documents as they are when they are verified");
        _denseEpochs = Number("--dense-epochs", "most passes of the heads' training; default 12", 1, 1_000);
        _denseBatch = Number("--dense-batch", "queries of a step of the heads; default 64, at most a sixteenth of all", 2, 4_096);
        _denseRate = Real("--dense-rate", "learning rate of the heads; default 0.001", 1);
        _sampling = Flag.Optional<string?>(
            context, "--sampling", "negatives of the heads: snowball, randomWalk, candidatesInBatch, candidatesOnly, inBatch; default snowball", Sampling, null);
        _candidates = Number("--candidates", "candidates to verify; default: the fewest that keep 98 % of what 1,000 find", 1, 100_000);
        All =
        [
            _documents, _documentIds, _text, _collection, _set, _queries, _queryIds, _qrels, _encoder, _unlabelled, _skipMissing, _metric, _dimension,
            _maxQueries, _validation, _test, _titleField, _textField, _seed, _subspaces, _bits, _epochs, _batch, _temperature, _codebookRate, _headRate,
            _distil, _centroids, _noQueryHead, _noDense, _noDocumentHead, _denseEpochs, _denseBatch, _denseRate, _sampling, _candidates,
        ];

        Option<string?> Text(string name, string help) => Flag.Optional<string?>(context, name, help, Values.Text, null);

        Option<int?> Number(string name, string help, int min, int max) =>
            Flag.Optional<int?>(context, name, help, text => Values.Int(min, max)(text), null);

        Option<double?> Real(string name, string help, double max) => Flag.Optional<double?>(context, name, help, text => Positive(text, max), null);
    }

    /// <summary>All of them.</summary>
    public IReadOnlyList<Option> All { get; }

    /// <summary>Where the data comes from.</summary>
    public TrainInputs Inputs(Invocation invocation) => new()
    {
        Set = invocation.Get(_set),
        Documents = invocation.Get(_documents),
        DocumentIds = invocation.Get(_documentIds),
        Text = invocation.Get(_text),
        Collection = invocation.Get(_collection),
        Queries = invocation.Get(_queries),
        QueryIds = invocation.Get(_queryIds),
        Qrels = invocation.Get(_qrels),
        Encoder = invocation.Get(_encoder),
        Unlabelled = invocation.Get(_unlabelled),
        SkipMissing = invocation.Get(_skipMissing),
        Metric = invocation.Get(_metric),
        Dimension = invocation.Get(_dimension),
        MaxQueries = invocation.Get(_maxQueries),
        ValidationShare = invocation.Get(_validation),
        TestShare = invocation.Get(_test),
        TitleField = invocation.Get(_titleField),
        TextField = invocation.Get(_textField),
        Seed = (ulong)invocation.Get(_seed),
    };

    /// <summary>Settings: what was given, otherwise what fits the size of the data.</summary>
    public RunOptions Options(Invocation invocation, int documents, int trainingQueries)
    {
        var fit = RunOptions.For(documents, trainingQueries);
        SparseOptions sparse = fit.Sparse;
        DenseOptions dense = fit.Dense!;
        int bits = invocation.Get(_bits) ?? sparse.Start.Bits;
        int subspaces = invocation.Get(_subspaces) ?? (bits == sparse.Start.Bits ? sparse.Start.SubspaceCount : 64 / bits);
        return fit with
        {
            Seed = (ulong)invocation.Get(_seed),
            Candidates = invocation.Get(_candidates) ?? 0,
            Sparse = sparse with
            {
                Start = sparse.Start with { Bits = bits, SubspaceCount = subspaces },
                Epochs = invocation.Get(_epochs) ?? sparse.Epochs,
                BatchSize = invocation.Get(_batch) ?? sparse.BatchSize,
                Temperature = invocation.Get(_temperature) ?? sparse.Temperature,
                CodebookRate = invocation.Get(_codebookRate) ?? sparse.CodebookRate,
                HeadRate = invocation.Get(_headRate) ?? sparse.HeadRate,
                LabelShare = 1 - (invocation.Get(_distil) ?? (invocation.Get(_unlabelled) ? 1 : 0)),
                CentroidCount = invocation.Get(_centroids) ?? 0,
                QueryHead = !invocation.Get(_noQueryHead),
            },
            Dense = invocation.Get(_noDense)
                ? null
                : dense with
                {
                    Epochs = invocation.Get(_denseEpochs) ?? dense.Epochs,
                    BatchSize = invocation.Get(_denseBatch) ?? dense.BatchSize,
                    LearningRate = (float)(invocation.Get(_denseRate) ?? dense.LearningRate),
                    DocumentHead = dense.DocumentHead && !invocation.Get(_noDocumentHead),
                    Sampling = invocation.Get(_sampling) is { } sampling ? Enum.Parse<DenseSampling>(sampling, ignoreCase: true) : dense.Sampling,
                },
        };
    }

    private static Func<string, string> OneOf(params string[] allowed) => text =>
        allowed.Contains(text, StringComparer.Ordinal) ? text : throw new FormatException($"'{text}' is none of {string.Join(", ", allowed)}");

    private static string? Sampling(string text) =>
        Enum.TryParse<DenseSampling>(text, ignoreCase: true, out _) && !char.IsDigit(text[0])
            ? text
            : throw new FormatException($"'{text}' is no sampling; use snowball, randomWalk, candidatesInBatch, candidatesOnly or inBatch");

    private static double Positive(string text, double max) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value >= 0 && value <= max
            ? value
            : throw new FormatException($"'{text}' is not a number from 0 to {max}");
}
