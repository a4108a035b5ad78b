using System.Globalization;
using System.Text.Json;
using Bigrain.Cli.Files;
using Bigrain.Index.Errors;
using Bigrain.Training.Data;

namespace Bigrain.Cli.Training;

/// <summary>Texts, one JSON object a line: "id" or "_id", "title", "text"; the row number is the id where there is none.</summary>
internal static class TextFile
{
    /// <summary>Reads documents; those without a word are left out.</summary>
    /// <exception cref="BigrainException">The file is not there, or a line is not such an object.</exception>
    public static IReadOnlyList<TextDocument> ReadDocuments(string path)
    {
        TextDocument[] documents = [.. Read(path).Where(static document => document.Whole.Any(char.IsLetterOrDigit))];
        return documents.Length > 0
            ? documents
            : throw new BigrainException(ErrorCode.InvalidArgument, $"{path}: has no text; every line wants a \"text\" or a \"title\"", "text");
    }

    /// <summary>Reads queries.</summary>
    /// <exception cref="BigrainException">The file is not there, or a line is not such an object.</exception>
    public static IReadOnlyList<TextQuery> ReadQueries(string path) =>
        [.. Read(path).Select(static document => new TextQuery(document.Id, document.Whole))];

    /// <summary>A document out of one JSON object.</summary>
    public static TextDocument Parse(JsonElement json, string id, string titleField, string textField) =>
        new(id, Text(json, titleField), Text(json, textField));

    private static IEnumerable<TextDocument> Read(string path)
    {
        using var source = ByteSource.Open(path);
        var lines = new LineReader(source);
        for (long row = 0; TryRead(lines, row, out byte[] line); row++)
        {
            if (line.AsSpan().IndexOfAnyExcept((byte)' ', (byte)'\t') < 0)
            {
                continue;
            }

            TextDocument document;
            try
            {
                using var json = JsonDocument.Parse(line);
                document = Parse(json.RootElement, IdOf(json.RootElement, row), "title", "text");
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException)
            {
                throw FileFault.Corrupt(path, row, lines.LineOffset, "is not a JSON object with \"text\"", e);
            }

            yield return document;
        }
    }

    private static bool TryRead(LineReader lines, long row, out byte[] line)
    {
        bool found = lines.TryRead(row, out ReadOnlySpan<byte> bytes);
        line = found ? bytes.ToArray() : [];
        return found;
    }

    private static string IdOf(JsonElement json, long row) =>
        json.TryGetProperty("id", out JsonElement id) || json.TryGetProperty("_id", out id)
            ? id.ToString()
            : row.ToString(CultureInfo.InvariantCulture);

    private static string Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
}
