using Bigrain.Training.Data;
using Bigrain.Training.Numerics;

namespace Bigrain.Training.Tests.Data;

public sealed class InverseClozeTests
{
    [Fact]
    public void What_became_the_query_is_nowhere_in_the_passage()
    {
        ClozeSet cloze = InverseCloze.Make(Documents(), new ClozeOptions(), new SeededRandom(4));
        Assert.Contains(cloze.Pairs, static pair => pair.FromTitle);
        Assert.Contains(cloze.Pairs, static pair => !pair.FromTitle);
        foreach (ClozePair pair in cloze.Pairs)
        {
            Assert.DoesNotContain(pair.Query.TrimEnd('.'), cloze.Passages[pair.Document].Whole, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public void Documents_without_a_query_stay_as_they_are()
    {
        TextDocument[] documents = [.. Documents(), new TextDocument("short", "Hi", "Too short.")];
        ClozeSet cloze = InverseCloze.Make(documents, new ClozeOptions { MaxPairs = 5 }, new SeededRandom(4));
        Assert.Equal(5, cloze.Pairs.Count);
        Assert.DoesNotContain(cloze.Pairs, pair => pair.Document == documents.Length - 1);
        HashSet<int> touched = [.. cloze.Pairs.Select(static pair => pair.Document)];
        Assert.All(Enumerable.Range(0, documents.Length).Where(row => !touched.Contains(row)), row => Assert.Same(documents[row], cloze.Passages[row]));
    }

    private static TextDocument[] Documents() =>
        [.. Enumerable.Range(0, 30).Select(static i => new TextDocument(
            $"{i}",
            $"Report number {i} on rivers",
            $"report number {i} on rivers. The river {i} rises in the hills and flows to the sea. It is {i} miles long and has many bridges. "
            + "Boats carry grain and timber down to the harbour."))];
}
