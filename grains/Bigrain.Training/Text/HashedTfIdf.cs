using Bigrain.Index.Errors;

namespace Bigrain.Training.Text;

/// <summary>Weights of words by how rare they are; a word is known by a hash of it alone.</summary>
/// <remarks>Weight of a word in a text: (1 + ln count) times ln((1 + n) / (1 + texts with it)) + 1; a row has unit length.
/// Immutable and safe for concurrent use.</remarks>
public sealed class HashedTfIdf
{
    private readonly int[] _columnOfBucket;

    /// <summary>Takes over fitted tables.</summary>
    /// <param name="bucketBits">Bits of a hash that count, 8 to 24.</param>
    /// <param name="buckets">Bucket of each column, ascending.</param>
    /// <param name="weights">Inverse document frequency of each column.</param>
    public HashedTfIdf(int bucketBits, int[] buckets, float[] weights)
    {
        ArgumentNullException.ThrowIfNull(buckets);
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentOutOfRangeException.ThrowIfLessThan(bucketBits, 8);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bucketBits, 24);
        ArgumentOutOfRangeException.ThrowIfNotEqual(weights.Length, buckets.Length);
        (BucketBits, Buckets, Weights) = (bucketBits, buckets, weights);
        _columnOfBucket = new int[1 << bucketBits];
        Array.Fill(_columnOfBucket, -1);
        for (int column = 0; column < buckets.Length; column++)
        {
            _columnOfBucket[buckets[column]] = column;
        }
    }

    /// <summary>Bits of a hash that count.</summary>
    public int BucketBits { get; }

    /// <summary>Number of columns: words, or words whose hashes meet.</summary>
    public int Columns => Buckets.Length;

    /// <summary>Bucket of each column.</summary>
    internal int[] Buckets { get; }

    /// <summary>Inverse document frequency of each column.</summary>
    internal float[] Weights { get; }

    /// <summary>Learns which words there are and how rare they are.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="options">Limits.</param>
    /// <exception cref="BigrainException">No word is left: every one is in too few texts or in too many.</exception>
    public static HashedTfIdf Fit(IReadOnlyList<string> texts, EncoderOptions options)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(options);
        int[] textsWith = new int[1 << options.BucketBits];
        var words = new List<string>();
        var seen = new HashSet<int>();
        foreach (string text in texts)
        {
            words.Clear();
            seen.Clear();
            Tokeniser.Read(text, words);
            foreach (string word in words)
            {
                int bucket = BucketOf(word, options.BucketBits);
                if (seen.Add(bucket))
                {
                    textsWith[bucket]++;
                }
            }
        }

        int most = Math.Max(1, (int)(texts.Count * options.MaxTextShare));
        int[] buckets = [.. Enumerable.Range(0, textsWith.Length)
            .Where(bucket => textsWith[bucket] >= options.MinTexts && textsWith[bucket] <= most)
            .OrderByDescending(bucket => textsWith[bucket])
            .ThenBy(static bucket => bucket)
            .Take(options.MaxColumns)
            .Order()];
        return buckets.Length > 0
            ? new HashedTfIdf(options.BucketBits, buckets, [.. buckets.Select(Weight)])
            : throw new BigrainException(
                ErrorCode.InvalidArgument,
                $"no word of the {texts.Count} texts is in at least {options.MinTexts} and at most {most} of them; give more texts",
                "text");

        float Weight(int bucket) => (float)(Math.Log((1.0 + texts.Count) / (1.0 + textsWith[bucket])) + 1);
    }

    /// <summary>Weights of the words of one text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="scratch">Words; contents are lost.</param>
    /// <param name="places">Receives columns, ascending.</param>
    /// <param name="values">Receives weights; of unit length together, empty when no word is known.</param>
    public void Transform(ReadOnlySpan<char> text, List<string> scratch, List<int> places, List<float> values)
    {
        ArgumentNullException.ThrowIfNull(scratch);
        ArgumentNullException.ThrowIfNull(places);
        ArgumentNullException.ThrowIfNull(values);
        scratch.Clear();
        places.Clear();
        values.Clear();
        Tokeniser.Read(text, scratch);
        foreach (string word in scratch)
        {
            int column = _columnOfBucket[BucketOf(word, BucketBits)];
            if (column >= 0)
            {
                places.Add(column);
            }
        }

        places.Sort();
        int kept = 0;
        double squares = 0;
        for (int i = 0; i < places.Count;)
        {
            int column = places[i];
            int count = 0;
            for (; i < places.Count && places[i] == column; i++)
            {
                count++;
            }

            float weight = (1 + MathF.Log(count)) * Weights[column];
            places[kept++] = column;
            values.Add(weight);
            squares += weight * weight;
        }

        places.RemoveRange(kept, places.Count - kept);
        float scale = squares > 0 ? (float)(1 / Math.Sqrt(squares)) : 0;
        for (int i = 0; i < values.Count; i++)
        {
            values[i] *= scale;
        }
    }

    /// <summary>Weights of the words of many texts.</summary>
    public SparseRows Transform(IReadOnlyList<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        int[] starts = new int[texts.Count + 1];
        var allPlaces = new List<int>();
        var allValues = new List<float>();
        List<string> words = [];
        List<int> places = [];
        List<float> values = [];
        for (int row = 0; row < texts.Count; row++)
        {
            Transform(texts[row], words, places, values);
            allPlaces.AddRange(places);
            allValues.AddRange(values);
            starts[row + 1] = allPlaces.Count;
        }

        return new SparseRows(starts, [.. allPlaces], [.. allValues], Columns);
    }

    private static int BucketOf(string word, int bits) => (int)(Tokeniser.Hash(word) & ((1UL << bits) - 1));
}
