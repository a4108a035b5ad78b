using System.Globalization;
using Bigrain.Index.Schema;

namespace Bigrain.Index.Partitions;

/// <summary>One partition of one generation; a silo holds at most one copy of it.</summary>
/// <param name="Incarnation">Life of the collection.</param>
/// <param name="Generation">Generation number, from 1.</param>
/// <param name="Partition">Partition number, from 0.</param>
public readonly record struct PartitionKey(CollectionIncarnation Incarnation, int Generation, int Partition)
{
    /// <summary>The key as text: <c>{incarnation}/{g}/{p}</c>.</summary>
    public override string ToString() => FormattableString.Invariant($"{Incarnation}/{Generation}/{Partition}");

    /// <summary>Reads a key.</summary>
    /// <exception cref="FormatException">The text is not a partition key.</exception>
    public static PartitionKey Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Split('/') is [var incarnation, var generation, var partition]
            ? new(new CollectionIncarnation(incarnation), Number(generation), Number(partition))
            : throw new FormatException($"'{text}' is not a partition key");

        static int Number(string part) => int.Parse(part, CultureInfo.InvariantCulture);
    }
}
