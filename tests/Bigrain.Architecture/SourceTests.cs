using System.Text.RegularExpressions;

namespace Bigrain.Architecture;

/// <summary>Rules of the sources that a compiler does not know.</summary>
public sealed partial class SourceTests
{
    private static readonly string[] Product = ["grains", "infra", "silos", "client"];

    [Fact]
    public void No_source_has_a_region_or_an_open_task()
    {
        foreach (string path in Repository.Sources([.. Product, "tests"]))
        {
            string text = File.ReadAllText(path);
            if (path.EndsWith("SourceTests.cs", StringComparison.Ordinal))
            {
                continue;
            }

            Assert.False(text.Contains("#region", StringComparison.Ordinal), $"{path} has a region");
            Assert.False(OpenTask().IsMatch(text), $"{path} has a to-do without an issue number");
            Assert.False(text.Contains("NotImplementedException", StringComparison.Ordinal), $"{path} is not finished");
        }
    }

    [Fact]
    public void Event_ids_are_unique_and_in_the_block_of_their_project()
    {
        var seen = new Dictionary<int, string>();
        foreach (string path in Repository.Sources(Product))
        {
            foreach (Match match in EventId().Matches(File.ReadAllText(path)))
            {
                int id = int.Parse(match.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);
                Assert.False(seen.TryGetValue(id, out string? other), $"event id {id} stands in {path} and {other}");
                seen[id] = path;
                Assert.Equal(BlockOf(path), id / 1_000);
            }
        }
    }

    [Fact]
    public void Namespaces_follow_folders()
    {
        foreach (string path in Repository.Sources(Product))
        {
            Match match = Namespace().Match(File.ReadAllText(path));
            if (!match.Success)
            {
                continue;
            }

            string folder = Path.GetDirectoryName(Path.GetRelativePath(Repository.Root, path))!;
            string expected = string.Join('.', folder.Split('/')[1..]);
            Assert.True(match.Groups[1].Value == expected, $"{path} is in namespace {match.Groups[1].Value}, its folder is {expected}");
        }
    }

    private static int BlockOf(string path) => path switch
    {
        _ when path.Contains("/Bigrain.Index/", StringComparison.Ordinal) => 1,
        _ when path.Contains("/Bigrain.Storage/", StringComparison.Ordinal) => 2,
        _ when path.Contains("/Bigrain.Grains/", StringComparison.Ordinal) => 3,
        _ when path.Contains("/Bigrain.Silo/", StringComparison.Ordinal) => 4,
        _ when path.Contains("/Bigrain.Client/", StringComparison.Ordinal) => 5,
        _ when path.Contains("/Bigrain.Cli/", StringComparison.Ordinal) => 8,
        _ => 0,
    };

    [GeneratedRegex(@"\b(TODO|FIXME|HACK)\b(?!.*#\d+)")]
    private static partial Regex OpenTask();

    [GeneratedRegex(@"EventId = (\d+)")]
    private static partial Regex EventId();

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();
}
