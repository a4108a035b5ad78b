using Bigrain.TestKit.Files;
using Bigrain.Training.Data;
using Bigrain.Training.Numerics;

namespace Bigrain.Training.Tests.Data;

public sealed class SmallSetTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("bigrain-sets-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_folder_with_judgements_is_loaded_without_what_is_empty_or_not_judged()
    {
        File.WriteAllLines(Path.Combine(_folder, "corpus.jsonl"),
        [
            """{"_id": "a", "title": "One", "text": "first document"}""", """{"_id": "b", "title": "", "text": "  "}""", """{"_id": "c", "text": "third"}""",
        ]);
        File.WriteAllLines(Path.Combine(_folder, "queries.jsonl"),
        [
            """{"_id": "1", "text": "which is first"}""", """{"_id": "2", "text": "nobody judged"}""", """{"_id": "3", "text": "which is third"}""",
        ]);
        File.WriteAllLines(Path.Combine(_folder, "qrels.tsv"), ["query-id\tcorpus-id\tscore", "1\ta\t1", "1\tc\t0", "2\tb\t1", "3\tc\t1", "3\ta\t1"]);
        TextSet set = BeirFolder.Load("tiny", _folder);
        Assert.Equal(["a", "c"], set.Documents.Select(static document => document.Id));
        Assert.Equal("One\nfirst document", set.Documents[0].Whole);
        Assert.Equal(["1", "3"], set.Queries.Select(static query => query.Id));
        Assert.Equal([0], set.Relevant.Of(0).ToArray());
        Assert.Equal([0, 1], set.Relevant.Of(1).ToArray());
    }

    [Theory]
    [InlineData("cranfield", 1_398, 225)]
    [InlineData("cisi", 1_460, 76)]
    [InlineData("npl", 11_426, 93)]
    public void The_shared_sets_are_what_their_pages_say(string name, int documents, int queries)
    {
        string? folder = SharedData.TryFind(name);
        Assert.SkipWhen(folder is null, $"../shared/data/{name} is absent");
        TextSet set = BeirFolder.Load(name, folder);
        Assert.Equal(documents, set.Documents.Count);
        Assert.Equal(queries, set.Queries.Count);
        Assert.Equal(queries, set.Split.Training.Length + set.Split.Validation.Length + set.Split.Test.Length);
    }

    [Fact]
    public void Vectors_without_labels_find_their_exact_neighbours()
    {
        var random = new SeededRandom(3);
        var vectors = new Matrix(300, 8);
        for (int i = 0; i < vectors.Values.Length; i++)
        {
            vectors.Values[i] = (float)random.Gaussian();
        }

        TrainingSet set = UnlabelledVectors.Make("plain", vectors, 40, 10, 20, relevant: 5);
        Assert.Equal((230, 70), (set.Documents.Rows, set.Queries.Rows));
        for (int query = 0; query < 70; query++)
        {
            float[] scores = [.. Enumerable.Range(0, 230).Select(row => Dot(set.Queries.Row(query), set.Documents.Row(row)))];
            Assert.Equal(
                Enumerable.Range(0, 230).OrderByDescending(row => scores[row]).Take(5).Order(),
                set.Relevant.Of(query).ToArray());
        }
    }

    private static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            sum += (double)a[i] * b[i];
        }

        return (float)sum;
    }
}
