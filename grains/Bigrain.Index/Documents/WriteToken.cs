using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Bigrain.Index.Errors;
using Bigrain.Index.Schema;

namespace Bigrain.Index.Documents;

/// <summary>What a writer knows to be in a collection: for each stream it wrote to, the last sequence. A query with it sees all of that.</summary>
/// <remarks>Immutable. The text is opaque to callers: <c>1.{incarnation}.{stream}-{sequence}.…</c></remarks>
public sealed class WriteToken
{
    private const int MaxTextLength = 16 * 1024;
    private const int IncarnationDigits = 32;
    private const string Version = "1";

    private readonly ImmutableSortedDictionary<int, long> _sequences;

    /// <summary>Makes a token.</summary>
    /// <param name="incarnation">Life of the collection.</param>
    /// <param name="sequences">Last sequence by stream.</param>
    public WriteToken(CollectionIncarnation incarnation, IEnumerable<KeyValuePair<int, long>> sequences)
    {
        Incarnation = incarnation;
        _sequences = ImmutableSortedDictionary.CreateRange(sequences);
    }

    /// <summary>Life of the collection that it speaks of.</summary>
    public CollectionIncarnation Incarnation { get; }

    /// <summary>Last sequence by stream, in order of the streams.</summary>
    public IReadOnlyDictionary<int, long> Sequences => _sequences;

    /// <summary>Reads a token for a collection.</summary>
    /// <param name="text">The token as given out.</param>
    /// <param name="incarnation">Life of the collection it is used on.</param>
    /// <param name="streamCount">Streams of that collection.</param>
    /// <returns>The token; null when it is of another collection or of another life of this one: an alias was moved, the name was dropped
    /// and made again, or a backup was restored over it. Such a token says nothing about this one, and must not make its reads fail.</returns>
    /// <exception cref="BigrainException"><see cref="ErrorCode.InvalidArgument"/>, field <c>token</c>: not a token.</exception>
    public static WriteToken? Parse(string text, CollectionIncarnation incarnation, int streamCount)
    {
        ArgumentNullException.ThrowIfNull(text);
        WriteToken token = ParseText(text)
            ?? throw new BigrainException(ErrorCode.InvalidArgument, "token is damaged: send one exactly as a write returned it", "token");
        if (token.Incarnation != incarnation)
        {
            return null;
        }

        return token._sequences.IsEmpty || token._sequences.Last().Key < streamCount
            ? token
            : throw new BigrainException(ErrorCode.InvalidArgument, "token names a stream that the collection lacks", "token");
    }

    /// <summary>The last sequence of a stream that must be seen; 0 for none.</summary>
    public long SequenceOf(int stream) => _sequences.GetValueOrDefault(stream);

    /// <summary>Gives the token that knows what both know.</summary>
    /// <exception cref="ArgumentException">The tokens are of different incarnations.</exception>
    public WriteToken Merge(WriteToken other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.Incarnation != Incarnation)
        {
            throw new ArgumentException("tokens of different incarnations", nameof(other));
        }

        ImmutableSortedDictionary<int, long>.Builder merged = _sequences.ToBuilder();
        foreach ((int stream, long sequence) in other._sequences)
        {
            merged[stream] = Math.Max(sequence, merged.GetValueOrDefault(stream));
        }

        return new WriteToken(Incarnation, merged);
    }

    /// <summary>The token as given out.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(Version).Append('.').Append(Incarnation.Value);
        foreach ((int stream, long sequence) in _sequences)
        {
            text.Append(CultureInfo.InvariantCulture, $".{stream}-{sequence}");
        }

        return text.ToString();
    }

    private static WriteToken? ParseText(string text)
    {
        if (text.Length > MaxTextLength
            || text.Split('.') is not [Version, { Length: IncarnationDigits } incarnation, .. var parts]
            || !incarnation.All(char.IsAsciiHexDigitLower))
        {
            return null;
        }

        var sequences = new Dictionary<int, long>();
        foreach (string part in parts)
        {
            if (part.Split('-') is not [var stream, var sequence]
                || !int.TryParse(stream, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
                || !long.TryParse(sequence, NumberStyles.None, CultureInfo.InvariantCulture, out long last)
                || !sequences.TryAdd(number, last))
            {
                return null;
            }
        }

        return new WriteToken(new CollectionIncarnation(incarnation), sequences);
    }
}
