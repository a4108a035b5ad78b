namespace Bigrain.Index.Reindexing;

/// <summary>Compares two generations that are being written to: every bucket must have been equal once.</summary>
/// <remarks>Snapshots of two generations are never of the very same moment, so in any one round a bucket that is just written to may
/// differ. One that was equal at some moment held the same documents then; what came later comes to both from the same log.</remarks>
public sealed class DigestComparison
{
    private readonly bool[] _wasEqual = new bool[ContentDigest.BucketCount];

    /// <summary>Rounds taken in.</summary>
    public int Rounds { get; private set; }

    /// <summary>Buckets that were never equal.</summary>
    public IReadOnlyList<int> Unequal => [.. Enumerable.Range(0, _wasEqual.Length).Where(bucket => !_wasEqual[bucket])];

    /// <summary>Whether every bucket was equal once.</summary>
    public bool IsEqual => Array.TrueForAll(_wasEqual, equal => equal);

    /// <summary>Documents of the first side in the last round.</summary>
    public long LeftCount { get; private set; }

    /// <summary>Documents of the second side in the last round.</summary>
    public long RightCount { get; private set; }

    /// <summary>Takes in one round.</summary>
    /// <param name="left">Digest of all partitions of one generation.</param>
    /// <param name="right">Digest of all partitions of the other.</param>
    public void Add(ContentDigest left, ContentDigest right)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        Rounds++;
        LeftCount = left.DocumentCount;
        RightCount = right.DocumentCount;
        for (int bucket = 0; bucket < _wasEqual.Length; bucket++)
        {
            _wasEqual[bucket] |= left.IsEqual(right, bucket);
        }
    }
}
