using System.Globalization;

namespace Bigrain.Index.Schema;

/// <summary>Random id of one life of a collection name: a dropped and recreated name never meets its old blobs.</summary>
/// <param name="Value">128 random bits as 32 lowercase hex digits.</param>
public readonly record struct CollectionIncarnation(string Value)
{
    /// <summary>Draws a new one.</summary>
    public static CollectionIncarnation Create(Randomness.IRandomSource random)
    {
        ArgumentNullException.ThrowIfNull(random);
        return new(string.Create(CultureInfo.InvariantCulture, $"{random.NextUInt64():x16}{random.NextUInt64():x16}"));
    }

    /// <inheritdoc/>
    public override string ToString() => Value;
}
