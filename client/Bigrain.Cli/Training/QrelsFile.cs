using System.Globalization;
using Bigrain.Index.Errors;
using Bigrain.Training.Data;

namespace Bigrain.Cli.Training;

/// <summary>Judgements in TREC's form (query, iteration, document, grade) or with three columns (query, document, grade) under a line of
/// names; columns are separated by tabs or blanks. A grade above 0 means relevant.</summary>
internal sealed class QrelsFile
{
    private const string Field = "qrels";

    private readonly string _path;
    private readonly List<(string Query, string Document, double Grade)> _pairs = [];

    private QrelsFile(string path) => _path = path;

    /// <summary>The relevant pairs, as they stand in the file.</summary>
    public IReadOnlyList<(string Query, string Document, double Grade)> Pairs => _pairs;

    /// <summary>Reads a file.</summary>
    /// <exception cref="BigrainException">It is not there, or a line is not a judgement.</exception>
    public static QrelsFile Read(string path)
    {
        if (!File.Exists(path))
        {
            throw new BigrainException(ErrorCode.NotFound, $"{path}: no such file", Field);
        }

        var file = new QrelsFile(path);
        int number = 0;
        foreach (string line in File.ReadLines(path))
        {
            number++;
            string[] parts = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            double grade = 0;
            bool isJudgement = parts.Length is 3 or 4
                && double.TryParse(parts[^1], NumberStyles.Float, CultureInfo.InvariantCulture, out grade);
            if (!isJudgement && parts.Length > 0 && number > 1)
            {
                throw new BigrainException(
                    ErrorCode.DataCorrupt, $"{path}: line {number} is no judgement; write query, 0, document and grade, or query, document and grade", Field);
            }

            if (isJudgement && grade > 0)
            {
                file._pairs.Add((parts[0], parts[^2], grade));
            }
        }

        return file._pairs.Count > 0
            ? file
            : throw new BigrainException(ErrorCode.InvalidArgument, $"{path}: says of no document that it is relevant", Field);
    }

    /// <summary>Turns ids into rows.</summary>
    /// <param name="documents">Ids of the documents.</param>
    /// <param name="queries">Ids of the queries.</param>
    /// <param name="skipMissing">Whether judgements of other ids are passed over.</param>
    /// <exception cref="BigrainException">A judged document or query is not there.</exception>
    public Judgements Resolve(IReadOnlyList<string> documents, IReadOnlyList<string> queries, bool skipMissing)
    {
        Dictionary<string, int> documentRows = RowsOf(documents);
        Dictionary<string, int> queryRows = RowsOf(queries);
        var relevant = new List<int>[queries.Count];
        var missing = new Dictionary<string, (string First, int Count)>();
        foreach ((string query, string document, _) in _pairs)
        {
            if (!queryRows.TryGetValue(query, out int row))
            {
                Miss("queries", query);
            }
            else if (!documentRows.TryGetValue(document, out int found))
            {
                Miss("documents", document);
            }
            else
            {
                (relevant[row] ??= []).Add(found);
            }
        }

        if (!skipMissing && missing.Count > 0)
        {
            (string what, (string first, int count)) = missing.OrderBy(static pair => pair.Key, StringComparer.Ordinal).First();
            throw new BigrainException(
                ErrorCode.InvalidArgument,
                $"{_path}: {count} of {_pairs.Count} judgements are of {what} that are not among the {what}, the first is '{first}'; "
                + "give the right file of ids, or pass over them with --skip-missing",
                Field);
        }

        return new Judgements([.. relevant.Select(static rows => rows?.ToArray() ?? [])]);

        void Miss(string what, string id)
        {
            missing.TryGetValue(what, out (string First, int Count) before);
            missing[what] = (before.First ?? id, before.Count + 1);
        }
    }

    private static Dictionary<string, int> RowsOf(IReadOnlyList<string> ids)
    {
        var rows = new Dictionary<string, int>(ids.Count, StringComparer.Ordinal);
        for (int row = 0; row < ids.Count; row++)
        {
            rows.TryAdd(ids[row], row);
        }

        return rows;
    }
}
