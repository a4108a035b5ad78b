using Bigrain.Kernels.Rotation;

namespace Bigrain.Training.Numerics;

/// <summary>Random numbers from a seed and a position: the only source of chance in training.</summary>
/// <remarks>Two numbers say all about its state, so a checkpoint can carry it. Not synchronised: one owner hands it down.</remarks>
/// <param name="seed">Seed of the sequence.</param>
/// <param name="position">Words that were drawn already.</param>
public sealed class SeededRandom(ulong seed, ulong position = 0)
{
    /// <summary>Seed of the sequence.</summary>
    public ulong Seed { get; } = seed;

    /// <summary>Words drawn so far.</summary>
    public ulong Position { get; private set; } = position;

    /// <summary>An independent sequence for a part of the work; draws nothing from this one.</summary>
    /// <param name="stream">Number of the part.</param>
    public SeededRandom Fork(ulong stream) => new(SplitMix64.Word(Seed ^ 0x464F524B, stream));

    /// <summary>The next 64 bits.</summary>
    public ulong Word() => SplitMix64.Word(Seed, Position++);

    /// <summary>A number of [0, 1).</summary>
    public double Unit() => (Word() >> 11) * (1.0 / (1UL << 53));

    /// <summary>A whole number of [0, <paramref name="limit"/>).</summary>
    /// <param name="limit">First number that is not drawn, at least 1.</param>
    public int Next(int limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return (int)(Unit() * limit);
    }

    /// <summary>A normal variate of mean 0 and variance 1; draws two words.</summary>
    public double Gaussian()
    {
        // 1 - u lies in (0, 1], where the logarithm is finite.
        var radius = Math.Sqrt(-2 * Math.Log(1 - Unit()));
        return radius * Math.Cos(2 * Math.PI * Unit());
    }

    /// <summary>Puts elements into a random order, each order being equally likely.</summary>
    /// <param name="values">Elements to reorder.</param>
    /// <typeparam name="T">Type of an element.</typeparam>
    public void Shuffle<T>(Span<T> values)
    {
        for (var i = 0; i < values.Length - 1; i++)
        {
            var other = i + Next(values.Length - i);
            (values[i], values[other]) = (values[other], values[i]);
        }
    }

    /// <summary>Draws different numbers below a limit, ascending; each set is equally likely.</summary>
    /// <param name="limit">First number that is not drawn.</param>
    /// <param name="count">How many, at most <paramref name="limit"/>.</param>
    public int[] Sample(int limit, int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, limit);
        var sample = new int[count];
        var taken = 0;
        for (var i = 0; taken < count; i++)
        {
            if (Unit() * (limit - i) < count - taken)
            {
                sample[taken++] = i;
            }
        }

        return sample;
    }
}
