using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Bigrain.Cli.Files;

/// <summary>Elements of files turned into float32.</summary>
internal static class Elements
{
    /// <summary>Bytes of one element.</summary>
    public static int SizeOf(ElementType type) => type switch
    {
        ElementType.UInt8 or ElementType.Int8 => 1,
        ElementType.Float16 or ElementType.Int16BigEndian => 2,
        ElementType.Float64 or ElementType.Float64BigEndian => 8,
        _ => 4,
    };

    /// <summary>Decodes elements.</summary>
    /// <param name="source">Elements as they stand in the file.</param>
    /// <param name="type">Their type.</param>
    /// <param name="target">float32, one for each element; may not overlap <paramref name="source"/>.</param>
    /// <remarks>A float64 beyond the range of float32 becomes infinite, which a server refuses by row.</remarks>
    public static void Decode(ReadOnlySpan<byte> source, ElementType type, Span<float> target)
    {
        switch (type)
        {
            case ElementType.Float32:
                source.CopyTo(MemoryMarshal.AsBytes(target));
                break;
            case ElementType.Float16:
                Widen<Half>(source, target, static x => (float)x);
                break;
            case ElementType.Float64:
                Widen<double>(source, target, static x => (float)x);
                break;
            case ElementType.UInt8:
                Widen<byte>(source, target, static x => x);
                break;
            case ElementType.Int8:
                Widen<sbyte>(source, target, static x => x);
                break;
            case ElementType.Int16BigEndian:
                Widen<short>(source, target, static x => BinaryPrimitives.ReverseEndianness(x));
                break;
            case ElementType.Int32BigEndian:
                Widen<int>(source, target, static x => BinaryPrimitives.ReverseEndianness(x));
                break;
            case ElementType.Float32BigEndian:
                Widen<int>(source, target, static x => BitConverter.Int32BitsToSingle(BinaryPrimitives.ReverseEndianness(x)));
                break;
            default:
                Widen<long>(source, target, static x => (float)BitConverter.Int64BitsToDouble(BinaryPrimitives.ReverseEndianness(x)));
                break;
        }
    }

    private static void Widen<T>(ReadOnlySpan<byte> source, Span<float> target, Func<T, float> widen)
        where T : unmanaged
    {
        ReadOnlySpan<T> elements = MemoryMarshal.Cast<byte, T>(source);
        for (int i = 0; i < target.Length; i++)
        {
            target[i] = widen(elements[i]);
        }
    }
}
