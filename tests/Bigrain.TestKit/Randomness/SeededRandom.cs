using Bigrain.Index.Randomness;

namespace Bigrain.TestKit.Randomness;

/// <summary>Random numbers from one seed (SplitMix64): the same seed gives the same run.</summary>
public sealed class SeededRandom(ulong seed) : IRandomSource
{
    private readonly Lock _lock = new();
    private ulong _state = seed;

    public ulong NextUInt64()
    {
        lock (_lock)
        {
            _state += 0x9E3779B97F4A7C15;
            ulong z = _state;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }

    /// <summary>Gives a number in [0, limit).</summary>
    public int Next(int limit) => (int)(NextUInt64() % (ulong)limit);

    /// <summary>Gives true with a probability; always draws exactly one number.</summary>
    public bool Chance(double probability) => (NextUInt64() >> 11) * (1.0 / (1UL << 53)) < probability;
}
