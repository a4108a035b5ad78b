using Bigrain.Index.Blobs;
using Bigrain.Index.Errors;
using Bigrain.Training.Text;

namespace Bigrain.Training.Tests.Text;

public sealed class FrozenEncoderTests
{
    private static readonly string[] Texts =
    [
        "the cat sat on the mat", "a cat and a dog on a mat", "dogs and cats chase mice", "the dog chased a cat on the mat",
        "stock markets fell sharply", "markets rose as stock prices fell", "prices of stock rose sharply", "the market price fell",
        "rain and wind on the coast", "wind and rain fell on the coast", "the coast had rain", "a storm of wind rose on the coast",
    ];

    [Fact]
    public void Two_fits_give_the_same_file_and_the_same_vectors()
    {
        FrozenEncoder one = FrozenEncoder.Fit(Texts, Options());
        FrozenEncoder two = FrozenEncoder.Fit(Texts, Options());
        Assert.Equal(one.ToBytes(), two.ToBytes());
        Assert.Equal(one.Encode(Texts), two.Encode(Texts));
    }

    [Fact]
    public void A_file_gives_the_encoder_back_to_the_bit()
    {
        FrozenEncoder fitted = FrozenEncoder.Fit(Texts, Options());
        FrozenEncoder read = FrozenEncoder.FromBytes("encoder", fitted.ToBytes());
        Assert.Equal(fitted.Dimension, read.Dimension);
        Assert.Equal(fitted.Words, read.Words);
        Assert.Equal(fitted.Encode(Texts), read.Encode(Texts));
        Assert.Equal(fitted.ToBytes(), read.ToBytes());
    }

    [Fact]
    public void Any_flipped_byte_of_a_file_is_found()
    {
        byte[] bytes = FrozenEncoder.Fit(Texts, Options()).ToBytes();
        for (int i = 0; i < bytes.Length; i += 7)
        {
            byte[] damaged = [.. bytes];
            damaged[i] ^= 0x40;
            Assert.Throws<CorruptBlobException>(() => FrozenEncoder.FromBytes("encoder", damaged));
        }
    }

    [Fact]
    public void Vectors_have_unit_length_and_texts_about_the_same_are_close()
    {
        FrozenEncoder encoder = FrozenEncoder.Fit(Texts, Options());
        float[] cat = Vector(encoder, "a cat on a mat");
        float[] dog = Vector(encoder, "dog on the mat");
        float[] stock = Vector(encoder, "stock prices");
        Assert.Equal(1, Dot(cat, cat), 1e-5);
        Assert.True(Dot(cat, dog) > Dot(cat, stock) + 0.2, $"{Dot(cat, dog)} and {Dot(cat, stock)}");
    }

    [Fact]
    public void A_text_without_a_known_word_is_the_first_axis()
    {
        FrozenEncoder encoder = FrozenEncoder.Fit(Texts, Options());
        Assert.Equal([1, 0, 0, 0, 0, 0], Vector(encoder, "zzz qqq"));
        Assert.Equal([1, 0, 0, 0, 0, 0], Vector(encoder, ""));
    }

    [Fact]
    public void Texts_without_a_word_in_common_are_refused_with_a_remedy()
    {
        BigrainException error = Assert.Throws<BigrainException>(() => FrozenEncoder.Fit(["one", "two", "three"], Options()));
        Assert.Equal(ErrorCode.InvalidArgument, error.Code);
        Assert.Contains("give more texts", error.Message, StringComparison.Ordinal);
    }

    private static EncoderOptions Options() => new() { Dimension = 6 };

    private static float[] Vector(FrozenEncoder encoder, string text)
    {
        float[] vector = new float[encoder.Dimension];
        encoder.Encode(text, vector);
        return vector;
    }

    private static double Dot(float[] a, float[] b) => a.Zip(b, static (x, y) => (double)x * y).Sum();
}
