using System.Buffers;

namespace Bigrain.Silo.Http.Bodies;

/// <summary>Bodies of one thing a line.</summary>
internal static class Lines
{
    /// <summary>Takes the next line off the front of a buffer.</summary>
    /// <param name="buffer">What was read and not taken yet; without the line and its end afterwards.</param>
    /// <param name="completed">Whether nothing follows, so that the last line needs no end.</param>
    /// <param name="line">The line.</param>
    /// <returns>Whether there was one.</returns>
    public static bool TryTake(ref ReadOnlySequence<byte> buffer, bool completed, out ReadOnlySequence<byte> line)
    {
        if (buffer.PositionOf((byte)'\n') is { } end)
        {
            line = buffer.Slice(0, end);
            buffer = buffer.Slice(buffer.GetPosition(1, end));
            return true;
        }

        line = buffer;
        if (!completed || buffer.IsEmpty)
        {
            return false;
        }

        buffer = buffer.Slice(buffer.End);
        return true;
    }
}
