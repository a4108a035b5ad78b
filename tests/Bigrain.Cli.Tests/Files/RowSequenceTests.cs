using Bigrain.Cli.Files;
using Bigrain.Index.Errors;
using Bigrain.TestKit.Files;
using Xunit;

namespace Bigrain.Cli.Tests.Files;

public sealed class RowSequenceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0, null, 0, 10)]
    [InlineData(3, null, 3, 7)]
    [InlineData(6, 2L, 6, 2)]
    [InlineData(4, 3L, 4, 3)]
    [InlineData(10, null, 10, 0)]
    [InlineData(50, 5L, 10, 0)]
    public void Rows_of_several_files_are_numbered_through(int skip, long? take, int first, int count)
    {
        string[] paths = [Write("a.fbin", 6), Write("b.fbin", 4)];
        using RowSequence rows = new(paths, new RowWindow(skip, take));
        Assert.Equal(Enumerable.Range(first, count).Select(static i => i.ToString()), Ids(rows));
    }

    [Fact]
    public void Ids_of_a_file_follow_the_rows_also_under_skip()
    {
        string ids = Path.Combine(_folder.Path, "ids.txt");
        File.WriteAllLines(ids, Enumerable.Range(0, 6).Select(static i => $"id-{i}"));
        using RowSequence rows = new([Write("a.fbin", 6)], new RowWindow(4, null), ids);
        Assert.Equal(["id-4", "id-5"], Ids(rows));
    }

    [Fact]
    public void Too_few_ids_name_the_row_without_one()
    {
        string ids = Path.Combine(_folder.Path, "ids.txt");
        File.WriteAllText(ids, "a\nb\n");
        using RowSequence rows = new([Write("a.fbin", 6)], RowWindow.All, ids);
        BigrainException error = Assert.Throws<BigrainException>(() => Ids(rows));
        Assert.Equal("ids", error.Field);
        Assert.Contains("row 2", error.Message, StringComparison.Ordinal);
    }

    private static List<string> Ids(RowSequence rows)
    {
        List<string> ids = [];
        while (rows.Read() is { } row)
        {
            ids.Add(row.Id!);
        }

        return ids;
    }

    private string Write(string name, int rows)
    {
        string path = Path.Combine(_folder.Path, name);
        File.WriteAllBytes(path, Samples.Bin(Samples.Matrix(rows, 2), static x => x));
        return path;
    }
}
