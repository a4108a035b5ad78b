using System.Globalization;
using Bigrain.Index.Schema;

namespace Bigrain.Index.Log;

/// <summary>One stream: the writes of one range of the id hash of one life of a collection.</summary>
/// <param name="Incarnation">Life of the collection.</param>
/// <param name="Stream">Stream number, from 0.</param>
public readonly record struct StreamKey(CollectionIncarnation Incarnation, int Stream)
{
    /// <summary>The grain key <c>{incarnation}/{s}</c>.</summary>
    public override string ToString() => FormattableString.Invariant($"{Incarnation}/{Stream}");

    /// <summary>Reads the grain key.</summary>
    /// <exception cref="FormatException">The text is not a stream key.</exception>
    public static StreamKey Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Split('/') is [var incarnation, var stream]
            && int.TryParse(stream, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? new(new CollectionIncarnation(incarnation), number)
            : throw new FormatException($"'{text}' is not a stream key");
    }
}
