namespace Bigrain.Index.Tails;

/// <summary>Append-only store of small byte strings: few large arrays instead of one object per row.</summary>
/// <remarks>One writer; slices already handed out stay valid and never change.</remarks>
internal sealed class ByteArena
{
    private const int ChunkBytes = 64 * 1024;

    private byte[] _chunk = [];
    private int _used;

    /// <summary>Bytes of all arrays made so far.</summary>
    public long AllocatedBytes { get; private set; }

    /// <summary>Copies <paramref name="bytes"/> and gives the copy.</summary>
    public ReadOnlyMemory<byte> Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return default;
        }

        if (bytes.Length > _chunk.Length - _used)
        {
            _chunk = GC.AllocateUninitializedArray<byte>(Math.Max(ChunkBytes, bytes.Length));
            _used = 0;
            AllocatedBytes += _chunk.Length;
        }

        bytes.CopyTo(_chunk.AsSpan(_used));
        var slice = new ReadOnlyMemory<byte>(_chunk, _used, bytes.Length);
        _used += bytes.Length;
        return slice;
    }
}
