using System.Globalization;
using System.Text.Json;
using Bigrain.Index.Errors;
using Bigrain.Training.Numerics;

namespace Bigrain.Training.Data;

/// <summary>A folder of <c>corpus.jsonl</c>, <c>queries.jsonl</c> and <c>qrels.tsv</c> (query, document, score, under a line of names), as
/// many public sets of text with judgements come.</summary>
public static class BeirFolder
{
    /// <summary>Whether a folder holds such a set.</summary>
    public static bool Exists(string folder) =>
        File.Exists(Path.Combine(folder, "corpus.jsonl"))
        && File.Exists(Path.Combine(folder, "queries.jsonl"))
        && File.Exists(Path.Combine(folder, "qrels.tsv"));

    /// <summary>Loads a set; documents without a word are left out, and so are queries without a relevant document.</summary>
    /// <param name="name">Name for reports.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="training">Share of the queries that trains.</param>
    /// <param name="validation">Share of the queries that validates; what is left tests.</param>
    /// <param name="seed">Seed of the split.</param>
    /// <exception cref="BigrainException">The folder does not hold such a set.</exception>
    public static TextSet Load(string name, string folder, double training = 0.5, double validation = 0.15, ulong seed = 1)
    {
        TextDocument[] documents = [.. Lines(Path.Combine(folder, "corpus.jsonl"), Document).Where(static document => document.Whole.Any(char.IsLetterOrDigit))];
        var rowOf = new Dictionary<string, int>(documents.Length);
        for (int row = 0; row < documents.Length; row++)
        {
            rowOf[documents[row].Id] = row;
        }

        var relevantTo = new Dictionary<string, List<int>>();
        foreach (string line in File.ReadLines(Path.Combine(folder, "qrels.tsv")).Skip(1))
        {
            string[] fields = line.Split('\t');
            if (fields.Length >= 3
                && double.TryParse(fields[2], NumberStyles.Float, CultureInfo.InvariantCulture, out double score)
                && score > 0
                && rowOf.TryGetValue(fields[1], out int row))
            {
                if (!relevantTo.TryGetValue(fields[0], out List<int>? rows))
                {
                    relevantTo[fields[0]] = rows = [];
                }

                rows.Add(row);
            }
        }

        TextQuery[] queries = [.. Lines(Path.Combine(folder, "queries.jsonl"), Query).Where(query => relevantTo.ContainsKey(query.Id))];
        var judgements = new Judgements([.. queries.Select(query => relevantTo[query.Id].ToArray())]);
        QuerySplit split = QuerySplits.Draw([.. Enumerable.Range(0, queries.Length)], training, validation, new SeededRandom(seed));
        return new TextSet(name, documents, queries, judgements, split);
    }

    private static IEnumerable<T> Lines<T>(string path, Func<JsonElement, T> read)
    {
        if (!File.Exists(path))
        {
            throw new BigrainException(ErrorCode.NotFound, $"{path}: no such file; a set has corpus.jsonl, queries.jsonl and qrels.tsv", "folder");
        }

        int number = 0;
        foreach (string line in File.ReadLines(path))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line))
            {
                continue;
            }

            T value;
            try
            {
                using var json = JsonDocument.Parse(line);
                value = read(json.RootElement);
            }
            catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
            {
                throw new BigrainException(ErrorCode.DataCorrupt, $"{path}: line {number} is not an object with \"_id\" and \"text\"", "folder", e);
            }

            yield return value;
        }
    }

    private static TextDocument Document(JsonElement json) => new(Text(json, "_id"), Optional(json, "title"), Text(json, "text"));

    private static TextQuery Query(JsonElement json) => new(Text(json, "_id"), Text(json, "text"));

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString() ?? "";

    private static string Optional(JsonElement json, string name) =>
        json.TryGetProperty(name, out JsonElement value) ? value.GetString() ?? "" : "";
}
