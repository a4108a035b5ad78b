using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Bigrain.Api.Documents;

/// <summary>The sequences that a client has written, by stream: <c>1.INCARNATION.STREAM-SEQUENCE.STREAM-SEQUENCE</c>.</summary>
/// <remarks>Immutable. Clients pass the text on and merge it; what a sequence means is the server's business.</remarks>
public sealed class WriteToken
{
    private const string Version = "1";

    private readonly SortedDictionary<int, long> _sequences;

    /// <summary>Makes a token.</summary>
    /// <param name="incarnation">Incarnation of the collection.</param>
    /// <param name="sequences">Stream and its last sequence.</param>
    public WriteToken(string incarnation, IEnumerable<KeyValuePair<int, long>> sequences)
    {
        Incarnation = incarnation;
        _sequences = new SortedDictionary<int, long>(sequences.ToDictionary());
    }

    /// <summary>Incarnation of the collection: a token outlives no drop.</summary>
    public string Incarnation { get; }

    /// <summary>Last sequence of each stream that was written.</summary>
    public IReadOnlyDictionary<int, long> Sequences => _sequences;

    /// <summary>Reads the written form.</summary>
    /// <param name="text">The text; null and empty are no token.</param>
    /// <param name="token">The token.</param>
    /// <returns>Whether the text is a token.</returns>
    public static bool TryParse(string? text, [NotNullWhen(true)] out WriteToken? token)
    {
        token = null;
        if (text?.Split('.') is not [Version, { Length: > 0 } incarnation, .. var pairs])
        {
            return false;
        }

        Dictionary<int, long> sequences = [];
        foreach (string pair in pairs)
        {
            if (pair.Split('-') is not [var number, var last]
                || !int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int stream)
                || !long.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out long sequence)
                || !sequences.TryAdd(stream, sequence))
            {
                return false;
            }
        }

        token = new WriteToken(incarnation, sequences);
        return true;
    }

    /// <summary>The later of each stream; of two incarnations the other one's.</summary>
    /// <param name="other">The token that came last.</param>
    /// <returns>A token that covers both.</returns>
    public WriteToken Merge(WriteToken other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.Incarnation != Incarnation)
        {
            return other;
        }

        SortedDictionary<int, long> merged = new(_sequences);
        foreach ((int stream, long sequence) in other._sequences)
        {
            merged[stream] = Math.Max(sequence, merged.GetValueOrDefault(stream));
        }

        return new WriteToken(Incarnation, merged);
    }

    /// <summary>The written form.</summary>
    public override string ToString()
    {
        StringBuilder text = new StringBuilder(Version).Append('.').Append(Incarnation);
        foreach ((int stream, long sequence) in _sequences)
        {
            text.Append(CultureInfo.InvariantCulture, $".{stream}-{sequence}");
        }

        return text.ToString();
    }
}
