using System.Text.RegularExpressions;

namespace Bigrain.Architecture;

/// <summary>Documents that name a path name one that exists.</summary>
public sealed partial class DocumentTests
{
    [Fact]
    public void Every_path_that_a_document_names_exists()
    {
        IEnumerable<string> documents = Directory
            .EnumerateFiles(Path.Combine(Repository.Root, "docs"), "*.md", SearchOption.AllDirectories)
            .Append(Path.Combine(Repository.Root, "README.md"));
        foreach (string document in documents)
        {
            foreach (Match match in PathInCode().Matches(File.ReadAllText(document)))
            {
                string path = match.Groups[1].Value;
                Assert.True(
                    File.Exists(Path.Combine(Repository.Root, path)) || Directory.Exists(Path.Combine(Repository.Root, path)),
                    $"{Path.GetRelativePath(Repository.Root, document)} names {path}, which does not exist");
            }
        }
    }

    [GeneratedRegex(@"`((?:grains|infra|silos|client|tests|docs|k8s)/[\w./-]+)`")]
    private static partial Regex PathInCode();
}
