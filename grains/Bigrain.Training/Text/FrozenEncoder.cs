using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Bigrain.Index.Blobs;
using Bigrain.Index.Formats;
using Bigrain.Training.Settings;

namespace Bigrain.Training.Text;

/// <summary>Turns text into a vector of unit length: hashed TF-IDF, reduced by a truncated SVD, never trained again.</summary>
/// <remarks>A weak encoder on purpose: it needs nothing but the texts, it is the same everywhere, and what a training gains over it
/// can be measured. A text without a known word becomes the first axis, which is that of the average text. Immutable and safe for
/// concurrent use. Format page: docs/formats/encoder.md.</remarks>
public sealed class FrozenEncoder
{
    private const ushort Version = 1;
    private const int FixedBytes = 16;

    private readonly HashedTfIdf _words;
    private readonly Half[] _stored;
    private readonly float[] _components;

    private FrozenEncoder(HashedTfIdf words, Half[] components, int dimension)
    {
        _words = words;
        _stored = components;
        Dimension = dimension;
        _components = [.. components.Select(static value => (float)value)];
    }

    /// <summary>Dimension of the vectors.</summary>
    public int Dimension { get; }

    /// <summary>Words it knows.</summary>
    public int Words => _words.Columns;

    /// <summary>Fits an encoder.</summary>
    /// <param name="texts">The texts, those of the documents as a rule.</param>
    /// <param name="options">Settings.</param>
    /// <exception cref="Index.Errors.BigrainException">There are too few texts to know a word from.</exception>
    public static FrozenEncoder Fit(IReadOnlyList<string> texts, EncoderOptions options)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(options);
        SettingsCheck.Require(options);
        var words = HashedTfIdf.Fit(texts, options);
        int step = Math.Max(1, (texts.Count + options.MaxFittedTexts - 1) / options.MaxFittedTexts);
        IReadOnlyList<string> fitted = step == 1 ? texts : [.. texts.Where((_, row) => row % step == 0)];
        (_, double[] vectors) = RandomisedSvd.Compute(words.Transform(fitted), options.Dimension, options.Seed);
        return new FrozenEncoder(words, [.. vectors.Select(static value => (Half)value)], options.Dimension);
    }

    /// <summary>Encodes one text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="vector">Receives the vector; shape <c>[Dimension]</c>.</param>
    public void Encode(ReadOnlySpan<char> text, Span<float> vector) => Encode(text, vector, [], [], []);

    /// <summary>Encodes many texts, on all processors.</summary>
    /// <param name="texts">The texts.</param>
    /// <returns>Their vectors, row after row.</returns>
    public float[] Encode(IReadOnlyList<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        float[] vectors = new float[(long)texts.Count * Dimension];
        Parallel.For(
            0,
            texts.Count,
            static () => (Words: new List<string>(), Places: new List<int>(), Values: new List<float>()),
            (row, _, scratch) =>
            {
                Encode(texts[row], vectors.AsSpan(row * Dimension, Dimension), scratch.Words, scratch.Places, scratch.Values);
                return scratch;
            },
            static _ => { });
        return vectors;
    }

    /// <summary>Writes the encoder as a file's bytes.</summary>
    public byte[] ToBytes()
    {
        byte[] body = new byte[FixedBytes + (_words.Columns * (sizeof(int) + sizeof(float))) + (_stored.Length * 2)];
        BinaryPrimitives.WriteInt32LittleEndian(body, Dimension);
        BinaryPrimitives.WriteInt32LittleEndian(body.AsSpan(4), _words.BucketBits);
        BinaryPrimitives.WriteInt32LittleEndian(body.AsSpan(8), _words.Columns);
        Span<byte> rest = body.AsSpan(FixedBytes);
        MemoryMarshal.AsBytes(_words.Buckets.AsSpan()).CopyTo(rest);
        rest = rest[(_words.Columns * sizeof(int))..];
        MemoryMarshal.AsBytes(_words.Weights.AsSpan()).CopyTo(rest);
        rest = rest[(_words.Columns * sizeof(float))..];
        MemoryMarshal.AsBytes(_stored.AsSpan()).CopyTo(rest);
        return BlobEnvelope.Wrap(BlobKind.Encoder, Version, body);
    }

    /// <summary>Reads an encoder.</summary>
    /// <param name="name">Name of the file, for the error.</param>
    /// <param name="bytes">The whole file.</param>
    /// <exception cref="CorruptBlobException">A byte is not what was written.</exception>
    public static FrozenEncoder FromBytes(string name, ReadOnlyMemory<byte> bytes)
    {
        ReadOnlySpan<byte> body = BlobEnvelope.Unwrap(BlobKind.Encoder, name, bytes, out _).Span;
        int dimension = Count(body, 0, 1_024);
        int bits = Count(body, 4, 24);
        int columns = Count(body, 8, 1 << 20);
        long expected = FixedBytes + ((long)columns * (sizeof(int) + sizeof(float))) + ((long)columns * dimension * 2);
        if (bits < 8 || body.Length != expected)
        {
            throw new CorruptBlobException(name, BlobEnvelope.HeaderBytes, $"{expected} bytes of body", $"{body.Length}");
        }

        ReadOnlySpan<byte> rest = body[FixedBytes..];
        int[] buckets = MemoryMarshal.Cast<byte, int>(rest[..(columns * sizeof(int))]).ToArray();
        rest = rest[(columns * sizeof(int))..];
        float[] weights = MemoryMarshal.Cast<byte, float>(rest[..(columns * sizeof(float))]).ToArray();
        rest = rest[(columns * sizeof(float))..];
        for (int i = 0; i < columns; i++)
        {
            if (buckets[i] < (i == 0 ? 0 : buckets[i - 1] + 1) || buckets[i] >= 1 << bits)
            {
                throw new CorruptBlobException(name, BlobEnvelope.HeaderBytes + FixedBytes + (i * sizeof(int)), "ascending buckets", $"{buckets[i]}");
            }
        }

        return new FrozenEncoder(new HashedTfIdf(bits, buckets, weights), MemoryMarshal.Cast<byte, Half>(rest).ToArray(), dimension);

        int Count(ReadOnlySpan<byte> from, int offset, int most)
        {
            int value = from.Length >= FixedBytes ? BinaryPrimitives.ReadInt32LittleEndian(from[offset..]) : 0;
            return value >= 1 && value <= most
                ? value
                : throw new CorruptBlobException(name, BlobEnvelope.HeaderBytes + offset, $"1 to {most}", $"{value}");
        }
    }

    private void Encode(ReadOnlySpan<char> text, Span<float> vector, List<string> words, List<int> places, List<float> values)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(vector.Length, Dimension);
        _words.Transform(text, words, places, values);
        vector.Clear();
        for (int i = 0; i < places.Count; i++)
        {
            ReadOnlySpan<float> component = _components.AsSpan(places[i] * Dimension, Dimension);
            for (int j = 0; j < component.Length; j++)
            {
                vector[j] += values[i] * component[j];
            }
        }

        double squares = 0;
        foreach (float value in vector)
        {
            squares += (double)value * value;
        }

        if (squares < 1e-20)
        {
            vector.Clear();
            vector[0] = 1;
            return;
        }

        float scale = (float)(1 / Math.Sqrt(squares));
        for (int j = 0; j < vector.Length; j++)
        {
            vector[j] *= scale;
        }
    }
}
