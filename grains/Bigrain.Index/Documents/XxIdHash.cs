using System.IO.Hashing;

namespace Bigrain.Index.Documents;

/// <summary>The hash of the product: XxHash3-64 with seed 0 over the whole id.</summary>
public sealed class XxIdHash : IIdHash
{
    /// <summary>The one instance.</summary>
    public static XxIdHash Instance { get; } = new();

    /// <inheritdoc/>
    public ulong Hash(ReadOnlySpan<byte> id) => XxHash3.HashToUInt64(id);
}
