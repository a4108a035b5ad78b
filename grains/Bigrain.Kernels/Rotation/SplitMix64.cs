namespace Bigrain.Kernels.Rotation;

/// <summary>The SplitMix64 sequence by position, so that any word can be drawn without those before it.</summary>
/// <remarks>Steele, Lea, Flood 2014, "Fast splittable pseudorandom number generators". Part of stored formats
/// (<see cref="StructuredRotation"/>): never changes.</remarks>
public static class SplitMix64
{
    /// <summary>Word <paramref name="index"/> (from 0) of the sequence of <paramref name="seed"/>.</summary>
    public static ulong Word(ulong seed, ulong index)
    {
        var z = unchecked(seed + ((index + 1) * 0x9E3779B97F4A7C15));
        z = unchecked((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9);
        z = unchecked((z ^ (z >> 27)) * 0x94D049BB133111EB);
        return z ^ (z >> 31);
    }

    /// <summary>A number of [0, 1) from the top 53 bits of a word.</summary>
    public static double Unit(ulong seed, ulong index) => (Word(seed, index) >> 11) * (1.0 / (1UL << 53));
}
