using Bigrain.Cli.Training;
using Bigrain.Index.Errors;
using Bigrain.TestKit.Files;
using Bigrain.Training.Data;
using Xunit;

namespace Bigrain.Cli.Tests.Training;

public sealed class QrelsFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("q1 0 a 1\nq1 0 b 0\nq2 Q0 c 2\nq2 0 a -1\n")]
    [InlineData("query-id\tcorpus-id\tscore\nq1\ta\t1\nq1\tb\t0\n\nq2\tc\t2\n")]
    public void Both_forms_are_read_and_only_grades_above_zero_count(string text)
    {
        Judgements judgements = Read(text).Resolve(["a", "b", "c"], ["q1", "q2", "q3"], skipMissing: false);
        Assert.Equal([0], judgements.Of(0).ToArray());
        Assert.Equal([2], judgements.Of(1).ToArray());
        Assert.True(judgements.Of(2).IsEmpty);
    }

    [Fact]
    public void Judgements_of_unknown_ids_are_refused_or_passed_over()
    {
        QrelsFile file = Read("q1 0 a 1\nq1 0 gone 1\nq1 0 lost 1\n");
        BigrainException error = Assert.Throws<BigrainException>(() => file.Resolve(["a"], ["q1"], skipMissing: false));
        Assert.Equal((ErrorCode.InvalidArgument, "qrels"), (error.Code, error.Field));
        Assert.Contains("2 of 3 judgements are of documents that are not among the documents, the first is 'gone'", error.Message, StringComparison.Ordinal);
        Assert.Equal([0], file.Resolve(["a"], ["q1"], skipMissing: true).Of(0).ToArray());
    }

    [Fact]
    public void A_line_that_is_no_judgement_is_named()
    {
        BigrainException error = Assert.Throws<BigrainException>(() => Read("q1 0 a 1\nq1 a\n"));
        Assert.Contains("line 2 is no judgement", error.Message, StringComparison.Ordinal);
        Assert.Equal(ErrorCode.InvalidArgument, Assert.Throws<BigrainException>(() => Read("q1 0 a 0\n")).Code);
        Assert.Equal(ErrorCode.NotFound, Assert.Throws<BigrainException>(() => QrelsFile.Read(_folder.Combine("none"))).Code);
    }

    private QrelsFile Read(string text)
    {
        string path = _folder.Combine("qrels");
        File.WriteAllText(path, text);
        return QrelsFile.Read(path);
    }
}
