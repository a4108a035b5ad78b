using System.Buffers.Binary;
using System.IO.Compression;
using Bigrain.Index.Coarse;
using Bigrain.Index.Schema;
using Bigrain.TestKit.Files;
using Xunit;

namespace Bigrain.Index.Tests.Coarse;

/// <summary>Floors of recall at the defaults, beside what was measured.</summary>
public sealed class RecallTests(ITestOutputHelper output)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("auto")]
    [InlineData("rabitq:1")]
    public void Mnist_at_defaults(string codec)
    {
        string? folder = SharedData.TryFind("mnist-784");
        Assert.SkipWhen(folder is null, "shared data mnist-784 is absent");
        float[] rows = Images(Path.Combine(folder!, "train-images-idx3-ubyte.gz"));
        float[] queries = Images(Path.Combine(folder!, "t10k-images-idx3-ubyte.gz"))[..(200 * 784)];
        Measure(rows, queries, 784, Metric.L2, codec, floor: 0.98);
    }

    [Theory]
    [InlineData("auto")]
    [InlineData("rabitq:1")]
    public void Text_embeddings_at_defaults(string codec)
    {
        string? folder = SharedData.TryFind("bge-base");
        Assert.SkipWhen(folder is null, "shared data bge-base is absent");
        byte[] bytes = File.ReadAllBytes(Path.Combine(folder!, "vectors.f16bin"));
        int count = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        var all = new float[count * 768];
        for (int i = 0; i < all.Length; i++)
        {
            all[i] = (float)BinaryPrimitives.ReadHalfLittleEndian(bytes.AsSpan(8 + (2 * i)));
        }

        Measure(all[(500 * 768)..], all[..(200 * 768)], 768, Metric.Cosine, codec, floor: 0.98);
    }

    [Theory]
    [InlineData("auto")]
    [InlineData("rabitq:1")]
    public void Clustered_sample_at_defaults(string codec)
    {
        (float[] rows, float[] queries) = Vectors.Clustered(100_000, 200, 128, 2_000, 17);
        Measure(rows, queries, 128, Metric.L2, codec, floor: 0.95);
    }

    private void Measure(float[] rows, float[] queries, int dimension, Metric metric, string codec, double floor)
    {
        int queryCount = queries.Length / dimension;
        int rowCount = rows.Length / dimension;
        var watch = System.Diagnostics.Stopwatch.StartNew();
        using var index = new PartitionedIndex(rows, dimension, metric, CodecSpec.Parse(codec), 4, new CoarseOptions { FlatBelow = 0 }, Stop);
        double build = watch.Elapsed.TotalSeconds;
        int[][] truth = Vectors.Truth(rows, queries, dimension, metric, 10);
        watch.Restart();
        int hits = 0;
        for (int i = 0; i < queryCount; i++)
        {
            int[] found = index.Search(queries[(i * dimension)..((i + 1) * dimension)], 10, 0, 0, Stop);
            hits += found.Intersect(truth[i]).Count();
        }

        double recall = hits / (10.0 * queryCount);
        double records = index.RecordsVerified / (double)queryCount;
        output.WriteLine(
            $"{codec} -> {index.Segments[0].Codec}: recall {recall:f4}, records {records:f0} ({records / rowCount:p2}), "
            + $"codes {index.Cost.CodesScanned / queryCount} of {rowCount}, leaves {index.Cost.LeavesProbed / queryCount} of {index.Cost.LeavesTotal / queryCount}, "
            + $"added {index.Cost.CandidatesAdded / queryCount}, bytes {index.Segments.Sum(s => s.MemoryBytes) / (double)rowCount:f1} a vector, build {build:f1} s, "
            + $"{1e6 * watch.Elapsed.TotalSeconds / queryCount:f0} us a query");
        Assert.InRange(recall, floor, 1);
        Assert.InRange(records, 1, 0.05 * rowCount);
        Assert.InRange(index.Cost.CodesScanned, 1, (long)rowCount * queryCount);
    }

    private static float[] Images(string path)
    {
        using var stream = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return Array.ConvertAll(bytes.ToArray()[16..], value => (float)value);
    }
}
