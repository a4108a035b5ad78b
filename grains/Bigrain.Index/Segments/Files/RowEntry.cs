using System.Runtime.InteropServices;

namespace Bigrain.Index.Segments.Files;

/// <summary>One row in a <see cref="RowSpool"/>; never leaves the work directory.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct RowEntry
{
    public ulong IdHash;
    public long Sequence;
    public long ExpiresAt;
    public long Offset;
    public int Row;
    public int IdBytes;
    public int PayloadBytes;
}
