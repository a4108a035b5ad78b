using Bigrain.Index.Blobs;
using Bigrain.Index.Coarse;
using Bigrain.Index.Errors;
using Bigrain.Index.Models;
using Bigrain.Index.Schema;
using Bigrain.Kernels.Pq;
using Bigrain.TestKit.Models;
using Xunit;

namespace Bigrain.Index.Tests.Models;

/// <summary>The model file: golden bytes, damage, limits, and what its heads do to vectors.</summary>
public sealed class TrainedModelTests
{
    private const string GoldenHeader = "4247424c01000d002a010000000000000200000002041600020000000200000032000000";

    [Fact]
    public void A_file_has_the_bytes_of_its_format_page()
    {
        TrainedModel model = TrainedModel.Create(Golden());
        byte[] blob = model.ToBlob().ToArray();
        TestContext.Current.TestOutputHelper?.WriteLine($"{Convert.ToHexStringLower(blob.AsSpan(0, 36))} {blob.Length} {model.HashText}");
        Assert.Equal(GoldenHeader, Convert.ToHexStringLower(blob.AsSpan(0, 36)));
        Assert.Equal("e38db667ac66fdadbbfd5cfb9b47ff2b", model.HashText);
        TrainedModel read = TrainedModel.Parse("m", blob);
        Assert.Equal(model.Hash, read.Hash);
        Assert.Equal(model.Content.Rotation, read.Content.Rotation);
        Assert.Equal(model.Content.Codebooks.Centroids, read.Content.Codebooks.Centroids);
        Assert.Equal(model.Content.Centroids, read.Content.Centroids);
        Assert.Equal(model.Content.SparseQueryHead, read.Content.SparseQueryHead);
        Assert.Null(read.Content.DenseQueryHead);
        Assert.Equal(model.Content.DenseDocumentHead, read.Content.DenseDocumentHead);
        Assert.Equal((0.25f, 50, "{\"seed\":7}"), (read.Content.Lambda, read.Content.Shortlist, read.Content.Provenance));
        LearnedTables tables = LearnedTables.Parse("t", blob);
        Assert.Equal((model.Hash, "pq:2x4", null), (tables.Hash, tables.Codec.ToString(), tables.RotationSeed));
    }

    [Fact]
    public void Every_flipped_bit_and_every_cut_is_noticed()
    {
        byte[] blob = TrainedModel.Create(Golden()).ToBlob().ToArray();
        for (int bit = 0; bit < blob.Length * 8; bit += 5)
        {
            blob[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Throws<CorruptBlobException>(() => TrainedModel.Parse("m", blob));
            blob[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        Assert.Throws<CorruptBlobException>(() => TrainedModel.Parse("m", blob.AsMemory(0, blob.Length - 1)));
        Assert.Throws<CorruptBlobException>(() => TrainedModel.Parse("m", Array.Empty<byte>()));
    }

    [Fact]
    public void What_cannot_be_served_is_no_model()
    {
        foreach (Func<ModelContent, ModelContent> change in new Func<ModelContent, ModelContent>[]
        {
            model => model with { Metric = Metric.L2 },
            model => model with { Rotation = [1, 1, 0, 1] },
            model => model with { Rotation = [1, 0] },
            model => model with { SparseQueryHead = [1, 0, 0] },
            model => model with { DenseDocumentHead = [float.NaN, 0, 0, 0] },
            model => model with { Shortlist = 0 },
            model => model with { Lambda = float.PositiveInfinity },
            model => model with { Provenance = "[" },
            model => model with { Centroids = [1] },
        })
        {
            Assert.Equal(ErrorCode.InvalidArgument, Assert.Throws<BigrainException>(() => TrainedModel.Create(change(Golden()))).Code);
        }
    }

    [Theory]
    [InlineData(Metric.Cosine)]
    [InlineData(Metric.Dot)]
    public void A_head_is_the_trainers_formula(Metric metric)
    {
        const int Dimension = 19;
        float[] matrix = Array.ConvertAll(ModelMaker.Gaussians(Dimension * Dimension, 3), static value => value / 4);
        float[] vector = ModelMaker.Gaussians(Dimension, 4);
        var served = new float[Dimension];
        new ResidualTransform(matrix, Dimension, metric).Apply(vector, served);

        // norm(x + x W) of unit x, or x + x W, in doubles.
        double length = metric == Metric.Cosine ? Math.Sqrt(vector.Sum(static value => (double)value * value)) : 1;
        double[] expected = [.. Enumerable.Range(0, Dimension).Select(j =>
            (vector[j] / length) + Enumerable.Range(0, Dimension).Sum(i => vector[i] / length * matrix[(i * Dimension) + j]))];
        double scale = metric == Metric.Cosine ? Math.Sqrt(expected.Sum(static value => value * value)) : 1;
        for (int i = 0; i < Dimension; i++)
        {
            Assert.Equal(expected[i] / scale, served[i], 1e-5);
        }
    }

    private static ModelContent Golden() => new()
    {
        Dimension = 2,
        Metric = Metric.Dot,
        Rotation = [0, 1, -1, 0],
        Codebooks = new PqCodebooks([.. Enumerable.Range(0, 32).Select(static i => i / 4f)], 2, 2, 4),
        Centroids = [1, 0, 0, 1],
        SparseQueryHead = [0, 0.5f, 0, 0],
        DenseDocumentHead = [0, 0, -0.5f, 0],
        Lambda = 0.25f,
        Shortlist = 50,
        Provenance = "{\"seed\":7}",
    };
}
