using System.Runtime.InteropServices;
using Bigrain.Cli.Files;
using Bigrain.Cli.Truth;
using Bigrain.Index.Errors;
using Bigrain.Index.Schema;
using Bigrain.TestKit.Files;
using Xunit;

namespace Bigrain.Cli.Tests.Truth;

public sealed class ExactSearchTests
{
    private const int Seed = 20261122;

    [Theory]
    [InlineData(Metric.L2, 1)]
    [InlineData(Metric.L2, 33)]
    [InlineData(Metric.Dot, 33)]
    [InlineData(Metric.Cosine, 33)]
    [InlineData(Metric.L2, 784)]
    public void Neighbours_equal_a_sort_of_all_distances(Metric metric, int dimension)
    {
        Random random = new(Seed);
        float[] rows = Numbers(random, 700 * dimension);
        VectorMatrix queries = new(Numbers(random, 9 * dimension), dimension);
        using ExactSearch search = new(metric, queries, k: 12);
        search.Add(rows.AsSpan(0, 300 * dimension).ToArray(), firstRow: 1_000);
        search.Add(rows.AsSpan(300 * dimension).ToArray(), firstRow: 1_300);
        TruthTable table = search.ToTable();

        for (int query = 0; query < queries.RowCount; query++)
        {
            (double Distance, int Row)[] all = [.. Enumerable.Range(0, 700).Select(row =>
                (Distance(metric, queries.Row(query), rows.AsSpan(row * dimension, dimension)), row + 1_000))];
            Array.Sort(all);
            for (int rank = 0; rank < table.K; rank++)
            {
                double expected = metric == Metric.L2 ? all[rank].Distance : -all[rank].Distance;
                Assert.Equal(expected, table.Distances[(query * table.K) + rank], 1e-4);
                int found = table.Ids[(query * table.K) + rank] - 1_000;
                Assert.Equal(all[rank].Distance, Distance(metric, queries.Row(query), rows.AsSpan(found * dimension, dimension)), 1e-4);
            }
        }
    }

    [Fact]
    public void Equal_distances_are_ordered_by_row()
    {
        VectorMatrix queries = new([0f, 0f], 2);
        using ExactSearch search = new(Metric.L2, queries, k: 3);
        search.Add(new float[] { 1, 0, 0, 1, -1, 0, 0, -1, 5, 5 }, firstRow: 0);
        Assert.Equal([0, 1, 2], search.ToTable().Ids);
    }

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

    private static float[] Numbers(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (float)((random.NextDouble() * 2) - 1))];

    private static double Distance(Metric metric, ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        double dot = 0, squared = 0, xx = 0, yy = 0;
        for (int i = 0; i < x.Length; i++)
        {
            dot += (double)x[i] * y[i];
            squared += ((double)x[i] - y[i]) * ((double)x[i] - y[i]);
            xx += (double)x[i] * x[i];
            yy += (double)y[i] * y[i];
        }

        return metric switch
        {
            Metric.L2 => squared,
            Metric.Dot => -dot,
            _ => -dot / Math.Sqrt(xx * yy),
        };
    }
}
