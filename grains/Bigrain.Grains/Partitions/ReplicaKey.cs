using System.Globalization;
using Bigrain.Index.Partitions;

namespace Bigrain.Grains.Partitions;

/// <summary>Name of one replica of a partition, as grain keys have it.</summary>
/// <param name="Partition">The partition.</param>
/// <param name="Replica">Rank of the silo that has it, from 0; the first one freezes and compacts.</param>
public readonly record struct ReplicaKey(PartitionKey Partition, int Replica)
{
    /// <summary>The grain key <c>{incarnation}/{g}/{p}/{replica}</c>.</summary>
    public override string ToString() => FormattableString.Invariant($"{Partition}/{Replica}");

    /// <summary>Reads the grain key.</summary>
    /// <exception cref="FormatException">The text is not a replica key.</exception>
    public static ReplicaKey Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int last = text.LastIndexOf('/');
        return last > 0
            ? new(PartitionKey.Parse(text[..last]), int.Parse(text.AsSpan(last + 1), CultureInfo.InvariantCulture))
            : throw new FormatException($"'{text}' is not a replica key");
    }
}
