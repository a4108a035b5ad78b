using System.Buffers.Binary;
using Bigrain.Index.Blobs;
using Bigrain.Index.Schema;

namespace Bigrain.Index.Coarse;

/// <summary>The first 128 bytes of a coarse file: everything that sizes the rest. Format page: docs/formats/coarse.md.</summary>
internal readonly record struct CoarseHeader
{
    public const int Size = 128;
    public const int TrailerSize = 16;
    public const uint Magic = 0x4F434742; // "BGCO"

    /// <summary>Everything in the file.</summary>
    public const uint SelfContained = 1;

    /// <summary>Codes of tables that are a blob of their own.</summary>
    public const uint WithTables = 2;

    /// <summary>Plain codes of a trained model, without factors.</summary>
    public const uint Plain = 3;

    public required int SlotCount { get; init; }

    public required int Dimension { get; init; }

    public required int LeafCount { get; init; }

    public required Metric Metric { get; init; }

    public required CodecSpec Codec { get; init; }

    /// <summary>Blocks of 32 codes, padding of leaf ends included; 0 under flat.</summary>
    public int BlockCount { get; init; }

    /// <summary>Bits of the routing codes of centroids; 0 where there are none and routing is exact.</summary>
    public int RoutingBits { get; init; }

    public ulong RotationSeed { get; init; }

    /// <summary>How far automatic probing goes; measured while building.</summary>
    public float ProbeReach { get; init; }

    /// <summary>Hash of the tables that the codes were made with, which are not in the file; 0 where all is in the file.</summary>
    public UInt128 TablesHash { get; init; }

    /// <summary>Whether codes are those of a trained model: they stand for the rotated vector itself and have no factors.</summary>
    public bool IsPlain { get; init; }

    private uint Version => IsPlain ? Plain : TablesHash == 0 ? SelfContained : WithTables;

    public CoarseShape Shape => CoarseShape.Of(this);

    public long FileBytes => Size + Shape.BodyBytes + TrailerSize;

    public void Write(Span<byte> destination)
    {
        destination[..Size].Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(destination, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[4..], Version);
        BinaryPrimitives.WriteInt64LittleEndian(destination[8..], FileBytes);
        BinaryPrimitives.WriteInt32LittleEndian(destination[16..], SlotCount);
        BinaryPrimitives.WriteInt32LittleEndian(destination[20..], Dimension);
        BinaryPrimitives.WriteInt32LittleEndian(destination[24..], LeafCount);
        destination[28] = (byte)Metric;
        destination[29] = (byte)Codec.Kind;
        destination[30] = (byte)Codec.BitsPerCode;
        destination[31] = (byte)RoutingBits;
        BinaryPrimitives.WriteInt32LittleEndian(destination[32..], Codec.SubspaceCount);
        BinaryPrimitives.WriteInt32LittleEndian(destination[36..], BlockCount);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[40..], RotationSeed);
        BinaryPrimitives.WriteSingleLittleEndian(destination[48..], ProbeReach);
        BinaryPrimitives.WriteUInt128BigEndian(destination[56..], TablesHash);
    }

    /// <summary>Reads and checks a header; the checksum over the whole file is checked when the file is loaded.</summary>
    /// <exception cref="CorruptBlobException">Not a header this version can read.</exception>
    public static CoarseHeader Read(ReadOnlySpan<byte> source, string blobName)
    {
        if (source.Length < Size)
        {
            throw new CorruptBlobException(blobName, 0, $"{Size} bytes of header", $"{source.Length} bytes");
        }

        uint magic = BinaryPrimitives.ReadUInt32LittleEndian(source);
        if (magic != Magic)
        {
            throw new CorruptBlobException(blobName, 0, "magic BGCO", $"0x{magic:x8}");
        }

        uint version = BinaryPrimitives.ReadUInt32LittleEndian(source[4..]);
        if (version is not (SelfContained or WithTables or Plain))
        {
            throw new CorruptBlobException(blobName, 4, $"version {SelfContained} to {Plain}", $"{version}");
        }

        var header = new CoarseHeader
        {
            SlotCount = BinaryPrimitives.ReadInt32LittleEndian(source[16..]),
            Dimension = BinaryPrimitives.ReadInt32LittleEndian(source[20..]),
            LeafCount = BinaryPrimitives.ReadInt32LittleEndian(source[24..]),
            Metric = (Metric)source[28],
            Codec = new CodecSpec((CodecKind)source[29], source[30], BinaryPrimitives.ReadInt32LittleEndian(source[32..])),
            RoutingBits = source[31],
            BlockCount = BinaryPrimitives.ReadInt32LittleEndian(source[36..]),
            RotationSeed = BinaryPrimitives.ReadUInt64LittleEndian(source[40..]),
            ProbeReach = BinaryPrimitives.ReadSingleLittleEndian(source[48..]),
            TablesHash = version == SelfContained ? 0 : BinaryPrimitives.ReadUInt128BigEndian(source[56..]),
            IsPlain = version == Plain,
        };
        bool plausible = header.SlotCount >= 0
            && (version != SelfContained) == (header.TablesHash != 0)
            && (version == SelfContained || header.Codec.Kind == CodecKind.Pq)
            && header.Dimension is >= 1 and <= Limits.MaxDimension
            && header.LeafCount >= 0 && header.LeafCount <= Math.Max(1, header.SlotCount)
            && header.Metric is Metric.L2 or Metric.Cosine or Metric.Dot
            && header.RoutingBits is >= 0 and <= 4
            && header.BlockCount >= 0 && header.BlockCount <= (header.SlotCount / 32L) + header.LeafCount + 1
            && header.Codec.Kind switch
            {
                CodecKind.Flat => header.BlockCount == 0,
                CodecKind.RaBitQ => header.Codec.BitsPerCode is >= 1 and <= 4,
                CodecKind.Pq => header.Codec.BitsPerCode is 4 or 8 && header.Codec.SubspaceCount >= 1 && header.Codec.SubspaceCount <= header.Dimension,
                _ => false,
            };
        if (!plausible)
        {
            throw new CorruptBlobException(blobName, 16, "a coarse header within its limits", Convert.ToHexString(source[16..52]));
        }

        long length = BinaryPrimitives.ReadInt64LittleEndian(source[8..]);
        if (length != header.FileBytes)
        {
            throw new CorruptBlobException(blobName, 8, $"length {header.FileBytes}", $"{length}");
        }

        return header;
    }
}
