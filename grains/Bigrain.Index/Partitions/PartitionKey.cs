using Bigrain.Index.Schema;

namespace Bigrain.Index.Partitions;

/// <summary>One replica of one partition of one generation.</summary>
/// <param name="Incarnation">Life of the collection.</param>
/// <param name="Generation">Generation number, from 1.</param>
/// <param name="Partition">Partition number, from 0.</param>
/// <param name="Replica">Replica number, from 0; the first one freezes and compacts.</param>
public readonly record struct PartitionKey(CollectionIncarnation Incarnation, int Generation, int Partition, int Replica)
{
    /// <summary>The grain key <c>{incarnation}/{g}/{p}/{replica}</c>.</summary>
    public override string ToString() => FormattableString.Invariant($"{Incarnation}/{Generation}/{Partition}/{Replica}");

    /// <summary>Reads the grain key.</summary>
    /// <exception cref="FormatException">The text is not a partition key.</exception>
    public static PartitionKey Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Split('/') is [var incarnation, var generation, var partition, var replica]
            ? new(new CollectionIncarnation(incarnation), Number(generation), Number(partition), Number(replica))
            : throw new FormatException($"'{text}' is not a partition key");

        static int Number(string part) => int.Parse(part, System.Globalization.CultureInfo.InvariantCulture);
    }
}
