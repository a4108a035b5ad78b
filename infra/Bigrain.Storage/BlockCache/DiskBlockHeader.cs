using System.Buffers.Binary;
using System.IO.Hashing;

namespace Bigrain.Storage.BlockCache;

/// <summary>What the header file says of one slot of the block file; 64 bytes, little-endian.</summary>
/// <remarks>u32 magic, i32 length, i64 block, u128 blob, u128 XxHash128 of the content, u64 XxHash3 of the 48 bytes before, 8 zero bytes.</remarks>
internal readonly record struct DiskBlockHeader(BlockKey Key, int LengthBytes, UInt128 ContentHash)
{
    public const int SizeBytes = 64;
    private const uint Magic = 0x31424742; // BGB1
    private const int HashedBytes = 48;

    public void Write(Span<byte> destination)
    {
        destination[..SizeBytes].Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(destination, Magic);
        BinaryPrimitives.WriteInt32LittleEndian(destination[4..], LengthBytes);
        BinaryPrimitives.WriteInt64LittleEndian(destination[8..], Key.Block);
        BinaryPrimitives.WriteUInt128LittleEndian(destination[16..], Key.Blob);
        BinaryPrimitives.WriteUInt128LittleEndian(destination[32..], ContentHash);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[HashedBytes..], XxHash3.HashToUInt64(destination[..HashedBytes]));
    }

    /// <summary>Reads a header.</summary>
    /// <returns>False when the slot was never written or its header is damaged.</returns>
    public static bool TryRead(ReadOnlySpan<byte> source, out DiskBlockHeader header)
    {
        header = new DiskBlockHeader(
            new BlockKey(BinaryPrimitives.ReadUInt128LittleEndian(source[16..]), BinaryPrimitives.ReadInt64LittleEndian(source[8..])),
            BinaryPrimitives.ReadInt32LittleEndian(source[4..]),
            BinaryPrimitives.ReadUInt128LittleEndian(source[32..]));
        return BinaryPrimitives.ReadUInt32LittleEndian(source) == Magic
            && header.LengthBytes > 0
            && BinaryPrimitives.ReadUInt64LittleEndian(source[HashedBytes..]) == XxHash3.HashToUInt64(source[..HashedBytes]);
    }
}
