using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Bigrain.Index.Errors;

namespace Bigrain.Index.Queries;

/// <summary>Reads what <see cref="PackedWriter"/> wrote.</summary>
/// <param name="bytes">The message.</param>
internal ref struct PackedReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public readonly bool IsAtEnd => _rest.IsEmpty;

    public byte ReadByte() => Take(1)[0];

    public int ReadInt32() => BinaryPrimitives.ReadInt32LittleEndian(Take(sizeof(int)));

    public long ReadInt64() => BinaryPrimitives.ReadInt64LittleEndian(Take(sizeof(long)));

    public float ReadSingle() => BitConverter.Int32BitsToSingle(ReadInt32());

    public T Read<T>()
        where T : unmanaged => MemoryMarshal.Read<T>(Take(Unsafe.SizeOf<T>()));

    public T[] ReadArray<T>()
        where T : unmanaged
    {
        int count = ReadInt32();
        if (count < 0 || (long)count * Unsafe.SizeOf<T>() > _rest.Length)
        {
            throw Truncated();
        }

        var values = new T[count];
        Take(count * Unsafe.SizeOf<T>()).CopyTo(MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    private static BigrainException Truncated() =>
        new(ErrorCode.Internal, "a packed message between silos is shorter than it says: run one version on all silos");

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _rest.Length)
        {
            throw Truncated();
        }

        ReadOnlySpan<byte> taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
