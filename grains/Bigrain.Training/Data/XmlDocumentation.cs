using System.Text;
using System.Xml;
using Bigrain.Index.Errors;
using Bigrain.Training.Numerics;
using Bigrain.Training.Text;

namespace Bigrain.Training.Data;

/// <summary>A set with judgements out of the documentation of .NET, which every SDK carries: a query is the summary of a member, its
/// document the member's name, remarks, parameters and returned value.</summary>
/// <remarks>Members of the same summary share relevance: a summary is one query. What the document repeats of the summary, whole sentences or runs
/// of six words, is taken out of it, and a member whose document is hardly more than its name is left out.</remarks>
public static class XmlDocumentation
{
    private const int MinQueryWords = 4;
    private const int MinDocumentWords = 5;
    private const int MaxRelevant = 20;

    private static readonly string[] Parts = ["typeparam", "param", "returns", "value", "remarks"];

    /// <summary>Finds the folder of the reference packs of the running SDK.</summary>
    /// <returns>The folder <c>packs</c>; null when there is only a runtime.</returns>
    public static string? FindPacks()
    {
        // The runtime stands at ROOT/shared/Microsoft.NETCore.App/VERSION.
        string runtime = System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory();
        IEnumerable<string?> roots =
        [
            Path.GetFullPath(Path.Combine(runtime, "..", "..", "..")),
            Environment.GetEnvironmentVariable("DOTNET_ROOT"),
            "/usr/share/dotnet",
            "/usr/lib/dotnet",
        ];
        return roots
            .OfType<string>()
            .Select(static root => Path.Combine(root, "packs"))
            .FirstOrDefault(static packs => Directory.Exists(packs) && FilesOf(packs).Any());
    }

    /// <summary>The documentation files below a folder of packs, in a fixed order.</summary>
    public static IReadOnlyList<string> FilesOf(string packs) =>
        [.. Directory.EnumerateDirectories(packs, "*.Ref")
            .SelectMany(static pack => Directory.EnumerateFiles(pack, "*.xml", SearchOption.AllDirectories))
            .Where(static file => file.Contains($"{Path.DirectorySeparatorChar}ref{Path.DirectorySeparatorChar}net", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)];

    /// <summary>Makes the set.</summary>
    /// <param name="files">Documentation files; a member that two of them have counts once.</param>
    /// <param name="options">Sizes.</param>
    /// <exception cref="BigrainException">There are fewer members or summaries than asked for.</exception>
    public static TextSet Load(IReadOnlyList<string> files, XmlDocumentationOptions options)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(options);
        var random = new SeededRandom(options.Seed);
        (string Summary, TextDocument Document)[] members = [.. Read(files)];
        if (members.Length < options.Documents)
        {
            throw new BigrainException(
                ErrorCode.InvalidArgument,
                $"the files document {members.Length} members well enough, {options.Documents} are asked for; ask for fewer",
                "documents");
        }

        members = [.. random.Sample(members.Length, options.Documents).Select(row => members[row])];
        var rowsOf = new Dictionary<string, List<int>>();
        var queries = new List<TextQuery>();
        for (int row = 0; row < members.Length; row++)
        {
            string summary = members[row].Summary;
            if (!rowsOf.TryGetValue(summary, out List<int>? rows))
            {
                rowsOf[summary] = rows = [];
                queries.Add(new TextQuery(members[row].Document.Id, summary));
            }

            rows.Add(row);
        }

        var judgements = new Judgements([.. queries.Select(query => rowsOf[query.Text].ToArray())]);
        int[] fit = [.. Enumerable.Range(0, queries.Count).Where(query => judgements.Of(query).Length <= MaxRelevant)];
        QuerySplit split = QuerySplits.Draw(fit, options.Training, options.Validation, options.Test, random);
        return new TextSet("xml-doc", [.. members.Select(static member => member.Document)], queries, judgements, split);
    }

    private static IEnumerable<(string Summary, TextDocument Document)> Read(IReadOnlyList<string> files)
    {
        var seen = new HashSet<string>();
        var settings = new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, IgnoreComments = true };
        foreach (string file in files)
        {
            using var reader = XmlReader.Create(file, settings);
            while (reader.ReadToFollowing("member"))
            {
                string name = reader.GetAttribute("name") ?? "";
                if (seen.Add(name) && Member(name, reader.ReadSubtree()) is { } member)
                {
                    yield return member;
                }
            }
        }
    }

    private static (string Summary, TextDocument Document)? Member(string name, XmlReader reader)
    {
        var parts = new Dictionary<string, StringBuilder>();
        reader.Read();
        while (reader.Read())
        {
            if (reader.NodeType == XmlNodeType.Element && reader.Depth == 1)
            {
                string part = reader.Name;
                if (!parts.TryGetValue(part, out StringBuilder? text))
                {
                    parts[part] = text = new StringBuilder();
                }

                text.Append(' ').Append(part is "param" or "typeparam" ? reader.GetAttribute("name") : "").Append(' ');
                using XmlReader inner = reader.ReadSubtree();
                AppendText(inner, text);
            }
        }

        string summary = Clean(parts.GetValueOrDefault("summary")?.ToString() ?? "");
        string said = Clean(string.Join(' ', Parts.Select(part => parts.GetValueOrDefault(part)?.ToString() ?? "")));
        said = SharedWords.Remove(said, summary);
        return CountWords(summary) < MinQueryWords || CountWords(said) < MinDocumentWords
            ? null
            : (summary, new TextDocument(name, NameOf(name), said));
    }

    private static void AppendText(XmlReader reader, StringBuilder text)
    {
        while (reader.Read())
        {
            if (reader.NodeType is XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.SignificantWhitespace)
            {
                text.Append(reader.Value);
            }
            else if (reader is { NodeType: XmlNodeType.Element, IsEmptyElement: true })
            {
                text.Append(' ').Append(Word(reader)).Append(' ');
            }
        }
    }

    /// <summary>What a reference stands for: the last part of the name it leads to.</summary>
    private static string Word(XmlReader reader)
    {
        string? target = reader.GetAttribute("cref");
        return target is null
            ? reader.GetAttribute("name") ?? reader.GetAttribute("langword") ?? ""
            : LastName(target);
    }

    private static string LastName(string target)
    {
        int end = target.IndexOf('(', StringComparison.Ordinal);
        string path = end < 0 ? target : target[..end];
        return path[(path.LastIndexOfAny(['.', ':']) + 1)..];
    }

    private static string NameOf(string member) => member.Length > 2 && member[1] == ':' ? member[2..] : member;

    private static string Clean(string text) =>
        string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).Trim();

    private static int CountWords(string text)
    {
        var words = new List<string>();
        Tokeniser.Read(text, words);
        return words.Count;
    }
}
