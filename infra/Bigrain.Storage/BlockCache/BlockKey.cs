using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace Bigrain.Storage.BlockCache;

/// <summary>A block of a blob: hash of the blob's name (XxHash128) and number of the block in it.</summary>
internal readonly record struct BlockKey(UInt128 Blob, long Block)
{
    public static UInt128 BlobOf(string name) => XxHash128.HashToUInt128(MemoryMarshal.AsBytes(name.AsSpan()));
}
