using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Bigrain.Index.Queries;

/// <summary>Writes the packed messages between silos: little-endian, fields in order, arrays behind their length.</summary>
/// <param name="capacity">Bytes expected; more grow the buffer.</param>
internal sealed class PackedWriter(int capacity)
{
    private readonly ArrayBufferWriter<byte> _buffer = new(capacity);

    public void Write(byte value) => Write<byte>([value]);

    public void Write(int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(_buffer.GetSpan(sizeof(int)), value);
        _buffer.Advance(sizeof(int));
    }

    public void Write(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(_buffer.GetSpan(sizeof(long)), value);
        _buffer.Advance(sizeof(long));
    }

    public void Write(float value) => Write(BitConverter.SingleToInt32Bits(value));

    /// <summary>Writes raw elements without a length. All silos are little-endian.</summary>
    public void Write<T>(ReadOnlySpan<T> values)
        where T : unmanaged => _buffer.Write(MemoryMarshal.AsBytes(values));

    /// <summary>Writes a length, then the elements.</summary>
    public void WriteArray<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        Write(values.Length);
        Write(values);
    }

    public byte[] ToArray() => _buffer.WrittenSpan.ToArray();
}
