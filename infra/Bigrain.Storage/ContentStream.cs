using System.Runtime.InteropServices;

namespace Bigrain.Storage;

/// <summary>Reads memory as a stream, without a copy where the memory is an array.</summary>
internal static class ContentStream
{
    public static MemoryStream Of(ReadOnlyMemory<byte> content)
    {
        if (!MemoryMarshal.TryGetArray(content, out ArraySegment<byte> segment))
        {
            segment = new ArraySegment<byte>(content.ToArray());
        }

        return new MemoryStream(segment.Array!, segment.Offset, segment.Count, writable: false);
    }
}
