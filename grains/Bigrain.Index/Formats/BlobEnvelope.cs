using System.Buffers.Binary;
using System.Globalization;
using System.IO.Hashing;
using Bigrain.Index.Blobs;

namespace Bigrain.Index.Formats;

/// <summary>The common form of small blobs that are read whole: a header, a body, and a hash over both.</summary>
/// <remarks>
/// Little-endian: magic <c>BGBL</c> (4), version (u16), kind (u16), length of the whole blob (u64), body, XxHash128 of
/// everything before it (16, as the hash's canonical big-endian bytes). Format page: docs/formats/envelope.md.
/// </remarks>
public static class BlobEnvelope
{
    /// <summary>Bytes before the body.</summary>
    public const int HeaderBytes = 16;

    /// <summary>Bytes after the body.</summary>
    public const int TrailerBytes = 16;

    private static ReadOnlySpan<byte> Magic => "BGBL"u8;

    /// <summary>Newest version of a kind that this build reads and writes; it also reads the one before.</summary>
    public static ushort NewestVersion(BlobKind kind) => kind switch
    {
        BlobKind.Head or BlobKind.Generation or BlobKind.Epoch or BlobKind.Manifest => 1,
        BlobKind.DeleteBitmap or BlobKind.Ids or BlobKind.Tables => 1,
        BlobKind.Job or BlobKind.JobInput => 1,
        BlobKind.GarbageCandidates => 1,
        BlobKind.Alias or BlobKind.Backup => 1,
        BlobKind.Model => 1,
        BlobKind.Encoder or BlobKind.Checkpoint => 1,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "not a blob kind"),
    };

    /// <summary>Wraps a body.</summary>
    /// <param name="kind">What the body is.</param>
    /// <param name="version">Version of the body's form.</param>
    /// <param name="body">The body.</param>
    /// <returns>The blob's bytes.</returns>
    public static byte[] Wrap(BlobKind kind, ushort version, ReadOnlySpan<byte> body)
    {
        var blob = new byte[HeaderBytes + body.Length + TrailerBytes];
        Magic.CopyTo(blob);
        BinaryPrimitives.WriteUInt16LittleEndian(blob.AsSpan(4), version);
        BinaryPrimitives.WriteUInt16LittleEndian(blob.AsSpan(6), (ushort)kind);
        BinaryPrimitives.WriteUInt64LittleEndian(blob.AsSpan(8), (ulong)blob.Length);
        body.CopyTo(blob.AsSpan(HeaderBytes));
        int hashed = blob.Length - TrailerBytes;
        XxHash128.Hash(blob.AsSpan(0, hashed), blob.AsSpan(hashed));
        return blob;
    }

    /// <summary>Whether a blob says that it is of a kind; nothing of it is checked.</summary>
    public static bool IsOf(BlobKind kind, ReadOnlySpan<byte> blob) =>
        blob.Length >= HeaderBytes && blob.StartsWith(Magic) && BinaryPrimitives.ReadUInt16LittleEndian(blob[6..]) == (ushort)kind;

    /// <summary>Checks a blob and gives its body.</summary>
    /// <param name="kind">What the blob should be.</param>
    /// <param name="blobName">Its name, for the error.</param>
    /// <param name="blob">The whole blob.</param>
    /// <param name="version">Version of the body's form: the newest or the one before.</param>
    /// <returns>The body, a view into <paramref name="blob"/>.</returns>
    /// <exception cref="CorruptBlobException">A byte is not what was written, or the version is not readable here.</exception>
    public static ReadOnlyMemory<byte> Unwrap(BlobKind kind, string blobName, ReadOnlyMemory<byte> blob, out ushort version)
    {
        ReadOnlySpan<byte> bytes = blob.Span;
        if (bytes.Length < HeaderBytes + TrailerBytes)
        {
            throw Corrupt(0, $"at least {HeaderBytes + TrailerBytes} bytes", $"{bytes.Length}");
        }

        if (!bytes.StartsWith(Magic))
        {
            throw Corrupt(0, $"magic BGBL", Convert.ToHexStringLower(bytes[..4]));
        }

        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]);
        if (length != (ulong)bytes.Length)
        {
            throw Corrupt(8, $"length {bytes.Length}", $"{length}");
        }

        // The hash goes before version and kind: a flipped bit there is damage, not a newer format.
        int hashed = bytes.Length - TrailerBytes;
        Span<byte> hash = stackalloc byte[TrailerBytes];
        XxHash128.Hash(bytes[..hashed], hash);
        if (!hash.SequenceEqual(bytes[hashed..]))
        {
            throw Corrupt(hashed, $"xxh128 {Convert.ToHexStringLower(hash)}", Convert.ToHexStringLower(bytes[hashed..]));
        }

        version = BinaryPrimitives.ReadUInt16LittleEndian(bytes[4..]);
        ushort newest = NewestVersion(kind);
        if (version == 0 || version > newest || version + 1 < newest)
        {
            throw Corrupt(4, $"version {newest} or the one before", $"{version}");
        }

        ushort foundKind = BinaryPrimitives.ReadUInt16LittleEndian(bytes[6..]);
        if (foundKind != (ushort)kind)
        {
            throw Corrupt(6, $"kind {kind}", ((BlobKind)foundKind).ToString());
        }

        return blob[HeaderBytes..hashed];

        CorruptBlobException Corrupt(long offset, FormattableString expected, string found) =>
            new(blobName, offset, expected.ToString(CultureInfo.InvariantCulture), found);
    }
}
