using System.Runtime.InteropServices;
using Bigrain.Cli.Truth;
using Bigrain.Index.Errors;
using Bigrain.TestKit.Files;
using Xunit;

namespace Bigrain.Cli.Tests.Truth;

public sealed class TruthTableTests
{
    [Fact]
    public void A_table_reads_back_as_written()
    {
        using TemporaryFolder folder = new();
        string path = Path.Combine(folder.Path, "t.ibin");
        TruthTable table = new(2, 3);
        table.Ids[4] = 77;
        table.Distances[5] = 1.5f;
        table.Write(path);
        TruthTable read = TruthTable.Read(path);
        Assert.Equal(table.Ids, read.Ids);
        Assert.Equal(table.Distances, read.Distances);
        Assert.Equal(8 + (6 * 8), new FileInfo(path).Length);
        Assert.Equal(77, BitConverter.ToInt32(File.ReadAllBytes(path), 8 + (4 * 4)));
    }

    [Fact]
    public void A_table_whose_length_contradicts_its_header_is_refused()
    {
        using TemporaryFolder folder = new();
        string path = Path.Combine(folder.Path, "t.ibin");
        new TruthTable(2, 3).Write(path);
        byte[] bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, bytes[..^1]);
        Assert.Equal(ErrorCode.DataCorrupt, Assert.Throws<BigrainException>(() => TruthTable.Read(path)).Code);
        MemoryMarshal.Write(bytes.AsSpan(), uint.MaxValue);
        File.WriteAllBytes(path, bytes);
        Assert.Equal(ErrorCode.DataCorrupt, Assert.Throws<BigrainException>(() => TruthTable.Read(path)).Code);
    }
}
