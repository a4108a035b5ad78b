namespace Bigrain.Index.Routing;

/// <summary>Splits the 64-bit hash space into equal ranges: range of h among n is <c>floor(h * n / 2^64)</c>.</summary>
public static class HashRange
{
    /// <summary>The range that holds <paramref name="hash"/>.</summary>
    /// <param name="hash">Any 64-bit value.</param>
    /// <param name="rangeCount">Number of ranges, at least 1.</param>
    /// <returns>0 to <paramref name="rangeCount"/> - 1; not decreasing in the hash.</returns>
    public static int Of(ulong hash, int rangeCount) => (int)Math.BigMul(hash, (ulong)rangeCount, out _);

    /// <summary>Whether range <paramref name="a"/> of <paramref name="aCount"/> shares a hash with range <paramref name="b"/> of <paramref name="bCount"/>.</summary>
    public static bool Overlap(int a, int aCount, int b, int bCount) =>
        (long)a * bCount < ((long)b + 1) * aCount && (long)b * aCount < ((long)a + 1) * bCount;
}
