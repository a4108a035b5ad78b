using Bigrain.Api.Queries;
using Bigrain.Cli.Evaluation;
using Bigrain.Index.Errors;
using Bigrain.TestKit.Files;
using Xunit;

namespace Bigrain.Cli.Tests.Commands;

public sealed class QrelsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Measures_are_those_of_the_textbook()
    {
        Qrels qrels = Qrels.Read(Write("q1 0 a 2", "q1 0 b 1", "q1 0 c 0", "q2 0 x 1", "q2 0 y 1", "q2 0 z 1"), ["q1", "none", "q2"], k: 3);
        Assert.Equal(2, qrels.JudgedCount);
        Assert.Null(qrels.Judge(1, Reply("a")));

        // b at rank 2, a at rank 3: (1 / log2 3 + 2 / log2 4) of (2 / log2 2 + 1 / log2 3).
        EvalMeasures first = qrels.Judge(0, Reply("c", "b", "a", "d"))!.Value;
        Assert.Equal(1, first.Recall, 1e-9);
        Assert.Equal(((1 / Math.Log2(3)) + 1) / (2 + (1 / Math.Log2(3))), first.Ndcg, 1e-9);
        Assert.Equal(0.5, first.ReciprocalRank!.Value, 1e-9);

        // A hit beyond k does not count, and one that comes twice counts once.
        EvalMeasures second = qrels.Judge(2, Reply("y", "y", "n", "x"))!.Value;
        Assert.Equal(1.0 / 3, second.Recall, 1e-9);
        Assert.Equal(1, second.ReciprocalRank!.Value, 1e-9);
        Assert.Equal(new EvalMeasures(0, 0, 0), qrels.Judge(2, Reply("n"))!.Value);
    }

    [Fact]
    public void Judgements_of_other_queries_are_refused_with_the_remedy()
    {
        BigrainException fault = Assert.Throws<BigrainException>(() => Qrels.Read(Write("7 0 a 1"), ["0", "1"], k: 3));
        Assert.Equal(ErrorCode.InvalidArgument, fault.Code);
        Assert.Contains("--query-ids", fault.Message, StringComparison.Ordinal);
    }

    private static QueryReply Reply(params string[] ids) => new() { Hits = [.. ids.Select(id => new QueryHit { Id = id })] };

    private string Write(params string[] lines)
    {
        string path = _folder.Combine("qrels.txt");
        File.WriteAllLines(path, lines);
        return path;
    }
}
