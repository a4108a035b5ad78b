using System.Buffers.Binary;
using System.IO.Hashing;
using Bigrain.Index.Blobs;

namespace Bigrain.Index.Segments.Files;

/// <summary>What the headers of segment files have in common: magic (4), version (u32), length of the file (i64), slot count (i32).</summary>
internal static class FileHeader
{
    public const int Size = 128;
    public const int CommonBytes = 20;
    public const int HashBytes = 16;
    public const uint NewestVersion = 1;

    public static void Write(Span<byte> header, ReadOnlySpan<byte> magic, long fileBytes, int slotCount)
    {
        header.Clear();
        magic.CopyTo(header);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], NewestVersion);
        BinaryPrimitives.WriteInt64LittleEndian(header[8..], fileBytes);
        BinaryPrimitives.WriteInt32LittleEndian(header[16..], slotCount);
    }

    /// <summary>Checks the common part against what the manifest says.</summary>
    /// <exception cref="CorruptBlobException">Another file, another version, or another length.</exception>
    public static void Check(ReadOnlySpan<byte> header, ReadOnlySpan<byte> magic, string blobName, long fileBytes, int slotCount)
    {
        if (header.Length < Size)
        {
            throw new CorruptBlobException(blobName, header.Length, $"{Size} bytes of header", "the end");
        }

        if (!header.StartsWith(magic))
        {
            throw new CorruptBlobException(blobName, 0, $"magic {System.Text.Encoding.ASCII.GetString(magic)}", Convert.ToHexStringLower(header[..4]));
        }

        uint version = BinaryPrimitives.ReadUInt32LittleEndian(header[4..]);
        if (version != NewestVersion)
        {
            throw new CorruptBlobException(blobName, 4, $"version {NewestVersion}", $"{version}");
        }

        long length = BinaryPrimitives.ReadInt64LittleEndian(header[8..]);
        if (length != fileBytes)
        {
            throw new CorruptBlobException(blobName, 8, $"length {fileBytes}", $"{length}");
        }

        int slots = BinaryPrimitives.ReadInt32LittleEndian(header[16..]);
        if (slots != slotCount)
        {
            throw new CorruptBlobException(blobName, 16, $"{slotCount} slots", $"{slots}");
        }
    }

    /// <summary>Checks that bytes end with the hash of what stands before.</summary>
    /// <exception cref="CorruptBlobException">They do not.</exception>
    public static void CheckHash(ReadOnlySpan<byte> bytes, string blobName)
    {
        int hashed = bytes.Length - HashBytes;
        Span<byte> hash = stackalloc byte[HashBytes];
        XxHash128.Hash(bytes[..hashed], hash);
        if (!hash.SequenceEqual(bytes[hashed..]))
        {
            throw new CorruptBlobException(
                blobName, hashed, $"xxh128 {Convert.ToHexStringLower(hash)}", Convert.ToHexStringLower(bytes[hashed..]));
        }
    }
}
