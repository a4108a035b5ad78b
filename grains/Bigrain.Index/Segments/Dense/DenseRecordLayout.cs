using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Bigrain.Index.Schema;

namespace Bigrain.Index.Segments.Dense;

/// <summary>Bytes of one dense record: elements, then the fp32 scale of int8, then CRC-32C over slot and record.</summary>
/// <remarks>Little-endian; format page docs/formats/dense.md.</remarks>
public readonly record struct DenseRecordLayout
{
    /// <summary>Bytes of the checksum behind each record.</summary>
    public const int ChecksumBytes = sizeof(uint);

    /// <summary>Makes the layout of a representation.</summary>
    /// <param name="type">Element type.</param>
    /// <param name="dimension">Number of elements.</param>
    public DenseRecordLayout(DenseType type, int dimension)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(dimension);
        Type = type;
        Dimension = dimension;
        RecordBytes = type switch
        {
            DenseType.Fp32 => dimension * sizeof(float),
            DenseType.Fp16 => dimension * 2,
            DenseType.Int8 => dimension + sizeof(float),
            _ => throw new ArgumentOutOfRangeException(nameof(type)),
        };
    }

    /// <summary>Element type.</summary>
    public DenseType Type { get; }

    /// <summary>Number of elements.</summary>
    public int Dimension { get; }

    /// <summary>Bytes of a record without its checksum.</summary>
    public int RecordBytes { get; }

    /// <summary>Bytes from one record of a leaf to the next.</summary>
    public int StrideBytes => RecordBytes + ChecksumBytes;

    /// <summary>Writes a vector as a record (without checksum).</summary>
    /// <param name="vector">Shape <c>[Dimension]</c>; finite.</param>
    /// <param name="record">Receives <see cref="RecordBytes"/> bytes.</param>
    /// <remarks>fp32 is bit-exact; fp16 rounds to nearest and saturates at the largest half; int8 rounds to nearest
    /// with scale = largest magnitude / 127.</remarks>
    public void Encode(ReadOnlySpan<float> vector, Span<byte> record)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(vector.Length, Dimension, nameof(vector));
        record = record[..RecordBytes];
        switch (Type)
        {
            case DenseType.Fp32:
                MemoryMarshal.AsBytes(vector).CopyTo(record);
                break;
            case DenseType.Fp16:
                EncodeHalves(vector, record);
                break;
            default:
                EncodeBytes(vector, record);
                break;
        }
    }

    /// <summary>Reads a record as floats.</summary>
    /// <param name="record">At least <see cref="RecordBytes"/> bytes.</param>
    /// <param name="vector">Receives <c>[Dimension]</c>.</param>
    public void Decode(ReadOnlySpan<byte> record, Span<float> vector)
    {
        vector = vector[..Dimension];
        switch (Type)
        {
            case DenseType.Fp32:
                record[..RecordBytes].CopyTo(MemoryMarshal.AsBytes(vector));
                break;
            case DenseType.Fp16:
                ReadOnlySpan<Half> halves = MemoryMarshal.Cast<byte, Half>(record[..RecordBytes]);
                for (int i = 0; i < vector.Length; i++)
                {
                    vector[i] = (float)halves[i];
                }

                break;
            default:
                float scale = BinaryPrimitives.ReadSingleLittleEndian(record[Dimension..]);
                for (int i = 0; i < vector.Length; i++)
                {
                    vector[i] = scale * (sbyte)record[i];
                }

                break;
        }
    }

    private static void EncodeHalves(ReadOnlySpan<float> vector, Span<byte> record)
    {
        Span<Half> halves = MemoryMarshal.Cast<byte, Half>(record);
        float largest = (float)Half.MaxValue;
        for (int i = 0; i < vector.Length; i++)
        {
            halves[i] = (Half)Math.Clamp(vector[i], -largest, largest);
        }
    }

    private static void EncodeBytes(ReadOnlySpan<float> vector, Span<byte> record)
    {
        float largest = 0;
        foreach (float value in vector)
        {
            largest = Math.Max(largest, Math.Abs(value));
        }

        float scale = largest / sbyte.MaxValue;
        // A denormal scale would lose the vector's direction: the smallest normal one keeps what can be kept.
        scale = largest > 0 ? Math.Max(scale, 1.17549435e-38f) : 0;
        for (int i = 0; i < vector.Length; i++)
        {
            record[i] = scale > 0 ? (byte)(sbyte)Math.Clamp(MathF.Round(vector[i] / scale), -127, 127) : (byte)0;
        }

        BinaryPrimitives.WriteSingleLittleEndian(record[vector.Length..], scale);
    }
}
