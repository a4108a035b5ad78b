using Bigrain.Index.Documents;

namespace Bigrain.Faults.Replicas;

/// <summary>Ids that differ in the last byte alone have one hash: neither may kill the other.</summary>
internal sealed class CollidingHash : IIdHash
{
    public ulong Hash(ReadOnlySpan<byte> id) => XxIdHash.Instance.Hash(id[..^1]);
}
