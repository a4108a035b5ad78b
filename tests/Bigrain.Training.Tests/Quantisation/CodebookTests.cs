using Bigrain.Kernels.Distances;
using Bigrain.Training.Numerics;
using Bigrain.Training.Quantisation;

namespace Bigrain.Training.Tests.Quantisation;

public sealed class CodebookTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(32, 8, 8)]
    [InlineData(30, 7, 4)]
    public void Codebooks_go_to_the_serving_form_and_back(int dimension, int subspaces, int bits)
    {
        var codebooks = new ProductCodebooks(RandomSets.Gaussian(61, dimension, 1 << bits).Values, dimension, subspaces, bits);
        Assert.Equal(codebooks.Values, ProductCodebooks.From(codebooks.ToKernels()).Values);
    }

    [Theory]
    [InlineData(32, 8, 8)]
    [InlineData(30, 7, 4)]
    public void The_encoder_chooses_the_words_the_serving_kernels_choose(int dimension, int subspaces, int bits)
    {
        var codebooks = new ProductCodebooks(RandomSets.Gaussian(62, dimension, 1 << bits).Values, dimension, subspaces, bits);
        var vectors = RandomSets.Gaussian(63, 500, dimension);
        using var encoder = new Encoder(Matrix.Identity(dimension), codebooks);
        var codes = encoder.Encode(vectors, cancellation: Token);
        var served = codebooks.ToKernels();
        var (code, values) = (new byte[subspaces], new float[dimension]);
        for (var row = 0; row < vectors.Rows; row++)
        {
            served.Encode(vectors.Row(row), code, values);
            var decoded = new float[dimension];
            codebooks.Decode(codes.Of(row), decoded);

            // Two words may be equally near to the last bit; what counts is the distance.
            Assert.Equal(SquaredL2.Compute(vectors.Row(row), values), SquaredL2.Compute(vectors.Row(row), decoded), 1e-4);
        }
    }

    [Fact]
    public void The_rotation_is_orthogonal_and_the_error_falls()
    {
        var documents = RandomSets.Gaussian(64, 3000, 32);
        for (var row = 0; row < documents.Rows; row++)
        {
            for (var i = 0; i < 32; i++)
            {
                documents.Row(row)[i] *= MathF.Pow(0.85f, i);
            }
        }

        var options = new RotationOptions { SubspaceCount = 4, Bits = 4, Rounds = 8 };
        var plain = OptimisedRotation.Train(
            documents, options with { Start = RotationStart.Identity, Rounds = 0 }, new SeededRandom(1), cancellation: Token);
        Assert.Equal(Matrix.Identity(32).Values, plain.Rotation.Values);
        foreach (var start in new[] { RotationStart.Random, RotationStart.Principal })
        {
            var fitted = OptimisedRotation.Train(documents, options with { Start = start }, new SeededRandom(1), cancellation: Token);
            Assert.True(fitted.OrthogonalityError < 1e-4, $"orthogonality error {fitted.OrthogonalityError}");
            Assert.True(fitted.SquaredErrors[^1] < fitted.SquaredErrors[0]);
            Assert.True(fitted.SquaredErrors[^1] < 0.9 * plain.SquaredErrors[^1]);
        }
    }
}
