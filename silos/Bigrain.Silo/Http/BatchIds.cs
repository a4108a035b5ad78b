using Bigrain.Index.Randomness;

namespace Bigrain.Silo.Http;

/// <summary>Names writes that came without a batch id, so that the server may send them on again without writing twice.</summary>
internal sealed class BatchIds(IRandomSource random)
{
    /// <summary>A name that nobody else uses.</summary>
    public string Next() => FormattableString.Invariant($"{random.NextUInt64():x16}{random.NextUInt64():x16}");
}
