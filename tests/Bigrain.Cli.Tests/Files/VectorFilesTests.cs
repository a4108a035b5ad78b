using System.Runtime.InteropServices;
using System.Text;
using Bigrain.Cli.Files;
using Bigrain.Index.Errors;
using Bigrain.TestKit.Files;
using Xunit;

namespace Bigrain.Cli.Tests.Files;

public sealed class VectorFilesTests : IDisposable
{
    private const int Rows = 21;
    private const int Dimension = 12;

    private static readonly float[,] Matrix = Samples.Matrix(Rows, Dimension);

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Formats =>
    [
        "a.fbin", "a.f16bin", "a.u8bin", "a.i8bin", "a.fvecs", "a.bvecs", "f4.npy", "f2.npy", "f8.npy", "u1.npy", "i1.npy", "v2.npy",
        "images-idx3-ubyte", "a.jsonl",
    ];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Formats))]
    public void Every_format_gives_the_same_rows_gzipped_or_not(string name)
    {
        byte[] bytes = Bytes(name);
        foreach (string path in new[] { Write(name, bytes), Write(name + ".gz", Samples.Gzip(bytes)) })
        {
            using IVectorFile file = VectorFiles.Open(path);
            AssertRows(file, 0);
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Skipped_rows_keep_their_numbers(string name)
    {
        byte[] bytes = Bytes(name);
        foreach (string path in new[] { Write(name, bytes), Write(name + ".gz", Samples.Gzip(bytes)) })
        {
            using IVectorFile file = VectorFiles.Open(path);
            Assert.Equal(5, file.Skip(5));
            AssertRows(file, 5);
            Assert.Equal(0, file.Skip(1));
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_truncated_file_names_a_row_and_a_byte_offset(string name)
    {
        byte[] bytes = Bytes(name)[..^3];
        foreach (string path in new[] { Write(name, bytes), Write(name + ".gz", Samples.Gzip(bytes)) })
        {
            BigrainException error = Assert.Throws<BigrainException>(() => ReadAll(path));
            Assert.Equal(ErrorCode.DataCorrupt, error.Code);
            Assert.Equal("file", error.Field);
            Assert.Contains($"row {Rows - 1} at byte offset ", error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_gzip_that_ends_early_is_an_error_wherever_it_ends(string name)
    {
        byte[] whole = Samples.Gzip(Bytes(name));
        foreach (int length in new[] { whole.Length - 1, whole.Length - 8, whole.Length - 9, whole.Length / 2, 12 })
        {
            string path = Write(name + ".gz", whole[..length]);
            BigrainException error = Assert.Throws<BigrainException>(() => ReadAll(path));
            Assert.Equal(ErrorCode.DataCorrupt, error.Code);
        }
    }

    [Fact]
    public void A_header_that_promises_less_than_there_is_is_refused()
    {
        byte[] bytes = Bytes("a.fbin");
        bytes[0]--;
        foreach (string path in new[] { Write("a.fbin", bytes), Write("b.fbin.gz", Samples.Gzip(bytes)) })
        {
            BigrainException error = Assert.Throws<BigrainException>(() => ReadAll(path));
            Assert.Equal(ErrorCode.DataCorrupt, error.Code);
            Assert.Contains("header", error.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(16_385)]
    [InlineData(int.MaxValue)]
    public void An_impossible_dimension_in_a_header_is_refused_before_memory_is_taken(int dimension)
    {
        byte[] bytes = Bytes("a.fbin");
        BitConverter.TryWriteBytes(bytes.AsSpan(4), dimension);
        BigrainException error = Assert.Throws<BigrainException>(() => ReadAll(Write("a.fbin", bytes)));
        Assert.Contains("1 to 16384", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_npy_in_fortran_order_is_refused_with_the_remedy()
    {
        string path = Write("f.npy", Samples.Npy(Matrix, "<f4", static x => x, order: "True"));
        BigrainException error = Assert.Throws<BigrainException>(() => ReadAll(path));
        Assert.Equal(ErrorCode.InvalidArgument, error.Code);
        Assert.Contains("Fortran order", error.Message, StringComparison.Ordinal);
        Assert.Contains("ascontiguousarray", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_npy_with_pickled_objects_is_refused_without_loading_them()
    {
        string path = Write("o.npy", Samples.Npy(Matrix, "|O", static x => x));
        BigrainException error = Assert.Throws<BigrainException>(() => ReadAll(path));
        Assert.Equal(ErrorCode.InvalidArgument, error.Code);
        Assert.Contains("pickled", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(">f4", "(21, 12)", "element type")]
    [InlineData("<c8", "(21, 12)", "element type")]
    [InlineData("<f4", "(21, 3, 4)", "two axes")]
    [InlineData("<f4", "(-1, 12)", "not a number")]
    public void Other_npy_layouts_are_refused_by_name(string descr, string shape, string problem)
    {
        string path = Write("x.npy", Samples.Npy(Matrix, descr, static x => x, shape: shape));
        Assert.Contains(problem, Assert.Throws<BigrainException>(() => ReadAll(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_row_of_another_dimension_is_still_a_row_of_a_fvecs_file()
    {
        byte[] odd = Samples.Vecs(Samples.Matrix(1, 5), static x => x);
        string path = Write("a.fvecs", [.. Bytes("a.fvecs"), .. odd]);
        Assert.Equal([.. Enumerable.Repeat(Dimension, Rows), 5], ReadAll(path).Select(static row => row.Dimension));
    }

    [Theory]
    [InlineData("{\"id\":\"a\",\"vector\":[1,2]", "not whole JSON")]
    [InlineData("[1,2]", "not a JSON object")]
    [InlineData("{\"id\":\"a\"}", "no \"vector\"")]
    [InlineData("{\"id\":\"a\",\"text\":\"words\"}", "needs a collection made with text")]
    [InlineData("{\"id\":\"a\",\"vector\":[1,\"x\"]}", "element 1 is not a finite float32")]
    [InlineData("{\"id\":\"a\",\"vector\":[1,1e999]}", "element 1 is not a finite float32")]
    [InlineData("{\"id\":\"a\",\"vector\":[]}", "0 elements")]
    [InlineData("{\"id\":[],\"vector\":[1]}", "neither text nor a number")]
    [InlineData("{\"id\":\"a\",\"vector\":[1]} {}", "JSON")]
    public void A_bad_line_is_named_with_its_row_and_offset(string line, string problem)
    {
        string good = "{\"id\":1,\"vector\":[1,2]}\n\n";
        string path = Write("a.jsonl", Encoding.UTF8.GetBytes(good + line + "\n"));
        BigrainException error = Assert.Throws<BigrainException>(() => ReadAll(path));
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        Assert.Contains("row 1 at byte offset ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_json_line_keeps_what_is_neither_id_nor_vector_as_payload()
    {
        string text = "\uFEFF{\"id\":7,\"vector\":[0.5],\"title\":\"a\",\"payload\":{\"n\":[1,{\"m\":null}]},\"text\":\"ä\"}\r\n{\"_id\":\"b\",\"vector\":[1]}";
        List<VectorRow> rows = ReadAll(Write("a.jsonl", Encoding.UTF8.GetBytes(text)));
        Assert.Equal(["7", "b"], rows.Select(static row => row.Id));
        Assert.Contains("\"n\":[1,{\"m\":null}]", rows[0].Payload!.Value.ToString(), StringComparison.Ordinal);
        Assert.Contains("\"title\":\"a\"", rows[0].Payload!.Value.ToString(), StringComparison.Ordinal);
        Assert.Null(rows[1].Payload);
    }

    [Fact]
    public void A_file_of_no_known_format_lists_the_formats()
    {
        BigrainException error = Assert.Throws<BigrainException>(() => ReadAll(Write("a.bin", [9, 9, 9, 9, 9])));
        Assert.Equal(ErrorCode.InvalidArgument, error.Code);
        Assert.Contains(".fbin", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_there_is_not_found()
    {
        string path = Path.Combine(_folder.Path, "none.fbin");
        Assert.Equal(ErrorCode.NotFound, Assert.Throws<BigrainException>(() => ReadAll(path)).Code);
    }

    private static List<VectorRow> ReadAll(string path)
    {
        using IVectorFile file = VectorFiles.Open(path);
        List<VectorRow> rows = [];
        while (file.Read() is { } row)
        {
            rows.Add(row);
        }

        return rows;
    }

    private static void AssertRows(IVectorFile file, int first)
    {
        for (int i = first; i < Rows; i++)
        {
            VectorRow row = Assert.IsType<VectorRow>(file.Read());
            Assert.Equal(i, row.Number);
            Assert.Equal(
                Enumerable.Range(0, Dimension).Select(j => Matrix[i, j]),
                MemoryMarshal.Cast<byte, float>(row.Vector.AsSpan()).ToArray());
        }

        Assert.Null(file.Read());
    }

    private static byte[] Bytes(string name) => name switch
    {
        "a.fbin" => Samples.Bin(Matrix, static x => x),
        "a.f16bin" => Samples.Bin(Matrix, static x => (Half)x),
        "a.u8bin" => Samples.Bin(Matrix, static x => (byte)x),
        "a.i8bin" => Samples.Bin(Matrix, static x => (sbyte)x),
        "a.fvecs" => Samples.Vecs(Matrix, static x => x),
        "a.bvecs" => Samples.Vecs(Matrix, static x => (byte)x),
        "f4.npy" => Samples.Npy(Matrix, "<f4", static x => x),
        "f2.npy" => Samples.Npy(Matrix, "<f2", static x => (Half)x),
        "f8.npy" => Samples.Npy(Matrix, "<f8", static x => (double)x),
        "u1.npy" => Samples.Npy(Matrix, "|u1", static x => (byte)x),
        "i1.npy" => Samples.Npy(Matrix, "|i1", static x => (sbyte)x),
        "v2.npy" => Samples.Npy(Matrix, "<f4", static x => x, version: 2),
        "a.jsonl" => Samples.JsonLines(Matrix),
        _ => Samples.Idx(Matrix, height: 3),
    };

    private string Write(string name, byte[] bytes)
    {
        string path = Path.Combine(_folder.Path, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
