using System.Globalization;
using Bigrain.Cli.Files;
using Bigrain.Cli.Tooling;
using Bigrain.Client;
using Bigrain.Index.Errors;
using Bigrain.Training.Data;
using Bigrain.Training.Numerics;
using Bigrain.Training.Text;

namespace Bigrain.Cli.Training;

/// <summary>Makes a training set of whatever was named.</summary>
/// <param name="inputs">What was named.</param>
/// <param name="invocation">The run of the tool.</param>
/// <param name="encoder">An encoder that the run kept already; null to fit or to read one.</param>
internal sealed class InputLoader(TrainInputs inputs, Invocation invocation, FrozenEncoder? encoder)
{
    private const int ComparedTexts = 32;
    private const double SameEncoder = 0.99;

    private static readonly TimeSpan PageTimeout = TimeSpan.FromMinutes(2);

    private readonly SeededRandom _random = new(inputs.Seed);

    /// <summary>Loads.</summary>
    /// <param name="progress">Told how far it has come.</param>
    /// <exception cref="BigrainException">Something is missing or does not fit; the message says what to do.</exception>
    public async Task<LoadedInput> LoadAsync(IProgress<Share> progress)
    {
        string?[] sources = [inputs.Set, inputs.Documents, inputs.Text, inputs.Collection];
        if (sources.Count(static source => source is not null) != 1)
        {
            throw new BigrainException(
                ErrorCode.InvalidArgument, "name one source of documents: --documents, --text, --collection or --set", "documents");
        }

        if ((inputs.Queries is null) != (inputs.Qrels is null))
        {
            throw inputs.Qrels is null
                ? new BigrainException(ErrorCode.InvalidArgument, "queries without judgements teach nothing; give --qrels too", "qrels")
                : new BigrainException(ErrorCode.InvalidArgument, "judgements without queries teach nothing; give --queries too", "queries");
        }

        progress.Report(new Share(0, null, "reading"));
        return inputs switch
        {
            { Set: { } set } => NamedSets.Load(set, inputs.Dimension, inputs.Seed),
            { Text: { } text } => FromText(TextFile.ReadDocuments(text), progress),
            { Documents: { } documents } => FromVectors(documents),
            _ => await FromCollectionAsync(progress),
        };
    }

    private LoadedInput FromVectors(string path)
    {
        Matrix documents = ReadVectors(path, inputs.DocumentIds, out IReadOnlyList<string> ids);
        return new LoadedInput(Judged(Path.GetFileName(path), documents, ids, MetricOf(inputs.Metric)), null);
    }

    private LoadedInput FromText(IReadOnlyList<TextDocument> documents, IProgress<Share> progress)
    {
        string name = Path.GetFileName(inputs.Text!);
        if (inputs.Queries is null)
        {
            ClozeSet cloze = Cloze(documents);
            progress.Report(new Share(0, null, "fitting the encoder"));
            FrozenEncoder fitted = EncoderOf(documents);
            Matrix passages = Encode(fitted, cloze.Passages);
            return new LoadedInput(Paired(name, passages, cloze, fitted, RankMetric.Cosine), fitted);
        }

        IReadOnlyList<TextQuery> queries = TextFile.ReadQueries(inputs.Queries);
        Judgements judgements = QrelsFile.Read(inputs.Qrels!).Resolve(
            [.. documents.Select(static document => document.Id)], [.. queries.Select(static query => query.Id)], inputs.SkipMissing);
        progress.Report(new Share(0, null, "fitting the encoder"));
        FrozenEncoder kept = EncoderOf(documents);
        return new LoadedInput(new TextSet(name, documents, queries, judgements, Split(judgements)).Encode(kept), kept);
    }

    private async Task<LoadedInput> FromCollectionAsync(IProgress<Share> progress)
    {
        using BigrainClient client = invocation.OpenClient(PageTimeout, maxRetries: 1_000);
        CollectionDocuments read = await CollectionDocuments.ReadAsync(client, inputs, progress, invocation.CancellationToken);
        IReadOnlyList<string> ids = [.. read.Texts.Select(static text => text.Id)];
        if (inputs.Queries is not null || inputs.Unlabelled)
        {
            return new LoadedInput(Judged(inputs.Collection!, read.Vectors, ids, read.Metric), null);
        }

        // Queries of the collection's own text: its vectors must be of the encoder that makes those of the queries.
        FrozenEncoder known = encoder ?? (inputs.Encoder is { } path ? ReadEncoder(path) : throw NoQueries(
            "give --queries and --qrels, --encoder with the text encoder that made the collection's vectors, or --unlabelled"));
        RequireSameEncoder(known, read);
        ClozeSet cloze = Cloze(read.Texts);
        Matrix vectors = read.Vectors;
        if (read.Metric == RankMetric.Cosine)
        {
            UnitRows.Normalise(vectors, "collection");
        }

        // The vector of a document that gave a query is made again, without it.
        foreach (ClozePair pair in cloze.Pairs)
        {
            known.Encode(cloze.Passages[pair.Document].Whole, vectors.Row(pair.Document));
        }

        return new LoadedInput(Paired(inputs.Collection!, vectors, cloze, known, read.Metric), known);
    }

    private TrainingSet Judged(string name, Matrix documents, IReadOnlyList<string> ids, RankMetric metric)
    {
        if (inputs.Unlabelled)
        {
            int count = Math.Min(inputs.MaxQueries, documents.Rows / 5);
            (int validation, int test) = ((int)(count * inputs.ValidationShare), (int)(count * inputs.TestShare));
            return UnlabelledVectors.Make(name, documents, count - validation - test, validation, test, seed: inputs.Seed);
        }

        if (inputs.Queries is null)
        {
            throw NoQueries("give --queries and --qrels; --unlabelled has the exact neighbours of held-out documents stand in for judgements");
        }

        Matrix queries = ReadVectors(inputs.Queries, inputs.QueryIds, out IReadOnlyList<string> queryIds);
        if (queries.Columns != documents.Columns)
        {
            throw new BigrainException(
                ErrorCode.InvalidArgument,
                $"{inputs.Queries}: queries have {queries.Columns} dimensions, documents {documents.Columns}; both must come from the same encoder",
                "queries");
        }

        Judgements judgements = QrelsFile.Read(inputs.Qrels!).Resolve(ids, queryIds, inputs.SkipMissing);
        if (metric == RankMetric.Cosine)
        {
            UnitRows.Normalise(documents, "documents");
            UnitRows.Normalise(queries, "queries");
        }

        return new TrainingSet(name, documents, queries, judgements, Split(judgements), metric);
    }

    private TrainingSet Paired(string name, Matrix passages, ClozeSet cloze, FrozenEncoder with, RankMetric metric)
    {
        var queries = new Matrix(with.Encode([.. cloze.Pairs.Select(static pair => pair.Query)]), cloze.Pairs.Count, with.Dimension);
        var judgements = new Judgements([.. cloze.Pairs.Select(static pair => new[] { pair.Document })]);
        return new TrainingSet(name, passages, queries, judgements, Split(judgements), metric);
    }

    private ClozeSet Cloze(IReadOnlyList<TextDocument> documents)
    {
        ClozeSet cloze = InverseCloze.Make(documents, new ClozeOptions { MaxPairs = inputs.MaxQueries }, _random.Fork(2));
        return cloze.Pairs.Count > 0
            ? cloze
            : throw NoQueries("none can be made of the texts, which are too short: give --queries and --qrels");
    }

    private QuerySplit Split(Judgements judgements)
    {
        int[] judged = [.. Enumerable.Range(0, judgements.QueryCount).Where(query => judgements.Of(query).Length > 0)];
        return QuerySplits.Draw(judged, 1 - inputs.ValidationShare - inputs.TestShare, inputs.ValidationShare, _random.Fork(1));
    }

    private FrozenEncoder EncoderOf(IReadOnlyList<TextDocument> documents) =>
        encoder
        ?? (inputs.Encoder is { } path
            ? ReadEncoder(path)
            : FrozenEncoder.Fit([.. documents.Select(static document => document.Whole)], new EncoderOptions { Dimension = inputs.Dimension }));

    private static Matrix Encode(FrozenEncoder with, IReadOnlyList<TextDocument> documents) =>
        new(with.Encode([.. documents.Select(static document => document.Whole)]), documents.Count, with.Dimension);

    private static void RequireSameEncoder(FrozenEncoder known, CollectionDocuments read)
    {
        if (known.Dimension != read.Vectors.Columns)
        {
            throw new BigrainException(
                ErrorCode.InvalidArgument,
                $"the encoder makes {known.Dimension} dimensions, the collection has {read.Vectors.Columns}; give the encoder that made its vectors",
                "encoder");
        }

        int[] some = [.. Enumerable.Range(0, read.Texts.Count).Where(row => read.Texts[row].Whole.Length > 0).Take(ComparedTexts)];
        float[] vector = new float[known.Dimension];
        foreach (int row in some)
        {
            known.Encode(read.Texts[row].Whole, vector);
            double dot = 0;
            double squares = 0;
            for (int i = 0; i < vector.Length; i++)
            {
                float stored = read.Vectors.Row(row)[i];
                dot += (double)vector[i] * stored;
                squares += (double)stored * stored;
            }

            if (dot < SameEncoder * Math.Sqrt(squares))
            {
                throw new BigrainException(
                    ErrorCode.InvalidArgument,
                    $"the vector of '{read.Texts[row].Id}' is not what the encoder makes of its title and text; give the encoder that made the collection's vectors, or --queries and --qrels",
                    "encoder");
            }
        }
    }

    private static FrozenEncoder ReadEncoder(string path) => File.Exists(path)
        ? FrozenEncoder.FromBytes(path, File.ReadAllBytes(path))
        : throw new BigrainException(ErrorCode.NotFound, $"{path}: no such file", "encoder");

    private static Matrix ReadVectors(string path, string? idsPath, out IReadOnlyList<string> ids)
    {
        using var rows = new RowSequence([path], RowWindow.All, idsPath);
        var read = new List<string>();
        var values = new List<float>();
        int dimension = 0;
        while (rows.Read() is { } row)
        {
            dimension = read.Count == 0 ? row.Dimension : dimension;
            if (row.Dimension != dimension)
            {
                throw new BigrainException(
                    ErrorCode.InvalidArgument, $"{path}: row {row.Number} has {row.Dimension} elements, the rows before it have {dimension}", FileFault.Field);
            }

            if (values.Count > Array.MaxLength - dimension)
            {
                throw new BigrainException(ErrorCode.TooLarge, $"{path}: holds more than fits in one array; train on a part of it", FileFault.Field);
            }

            read.Add(row.Id ?? row.Number.ToString(CultureInfo.InvariantCulture));
            values.AddRange(System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(row.Vector.AsSpan()));
        }

        ids = read;
        return read.Count > 0
            ? new Matrix([.. values], read.Count, dimension)
            : throw new BigrainException(ErrorCode.InvalidArgument, $"{path}: has no row", FileFault.Field);
    }

    private static RankMetric MetricOf(string metric) => metric == "dot" ? RankMetric.Dot : RankMetric.Cosine;

    private static BigrainException NoQueries(string remedy) => new(ErrorCode.InvalidArgument, $"there are no queries to learn from: {remedy}", "queries");
}
