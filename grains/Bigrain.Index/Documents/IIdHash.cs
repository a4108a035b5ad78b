namespace Bigrain.Index.Documents;

/// <summary>Hash of a document id: decides stream and partition, and finds older slots.</summary>
/// <remarks>Two ids may share a hash: a hit is always confirmed against the id itself.</remarks>
public interface IIdHash
{
    /// <summary>Hashes an id.</summary>
    /// <param name="id">The id, UTF-8.</param>
    ulong Hash(ReadOnlySpan<byte> id);
}
