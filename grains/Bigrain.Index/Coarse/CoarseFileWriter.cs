using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace Bigrain.Index.Coarse;

/// <summary>Writes a coarse file front to back and closes it with the hash of everything before.</summary>
internal sealed class CoarseFileWriter
{
    private readonly Stream _output;
    private readonly XxHash128 _hash = new();
    private long _bodyOffset;

    public CoarseFileWriter(Stream output, in CoarseHeader header)
    {
        _output = output;
        Span<byte> bytes = stackalloc byte[CoarseHeader.Size];
        header.Write(bytes);
        Append(bytes);
        _bodyOffset = 0;
    }

    public void WriteAt<T>(long bodyOffset, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        PadTo(bodyOffset);
        Append(MemoryMarshal.AsBytes(values));
    }

    public void Write<T>(ReadOnlySpan<T> values)
        where T : unmanaged => Append(MemoryMarshal.AsBytes(values));

    public void PadTo(long bodyOffset)
    {
        if (bodyOffset < _bodyOffset)
        {
            throw new InvalidOperationException($"section at {bodyOffset} after {_bodyOffset} bytes were written");
        }

        Span<byte> zeros = stackalloc byte[64];
        zeros.Clear();
        while (_bodyOffset < bodyOffset)
        {
            Append(zeros[..(int)Math.Min(zeros.Length, bodyOffset - _bodyOffset)]);
        }
    }

    public void Complete(long bodyBytes)
    {
        PadTo(bodyBytes);
        Span<byte> trailer = stackalloc byte[CoarseHeader.TrailerSize];
        BinaryPrimitives.WriteUInt128LittleEndian(trailer, _hash.GetCurrentHashAsUInt128());
        _output.Write(trailer);
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        _hash.Append(bytes);
        _output.Write(bytes);
        _bodyOffset += bytes.Length;
    }
}
