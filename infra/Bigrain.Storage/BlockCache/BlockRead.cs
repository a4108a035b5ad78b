namespace Bigrain.Storage.BlockCache;

/// <summary>A ranged read cut into the blocks it touches.</summary>
internal sealed class BlockRead
{
    private readonly long _offset;
    private readonly Memory<byte> _destination;
    private readonly int _blockBytes;
    private readonly long _first;

    public BlockRead(string name, long offset, Memory<byte> destination, int blockBytes)
    {
        Name = name;
        Blob = BlockKey.BlobOf(name);
        _offset = offset;
        _destination = destination;
        _blockBytes = blockBytes;
        _first = offset / blockBytes;
        Count = (int)(((offset + destination.Length - 1) / blockBytes) - _first) + 1;
        Lengths = new int[Count];
        Lengths.AsSpan().Fill(-1);
    }

    public string Name { get; }

    public UInt128 Blob { get; }

    /// <summary>Blocks touched.</summary>
    public int Count { get; }

    /// <summary>Bytes read of each block's part; -1 while it is missing.</summary>
    public int[] Lengths { get; }

    public long BlockOf(int index) => _first + index;

    public BlockKey KeyOf(int index) => new(Blob, BlockOf(index));

    /// <summary>First wanted byte within a block.</summary>
    public int OffsetOf(int index) => index == 0 ? (int)(_offset - (_first * _blockBytes)) : 0;

    /// <summary>Where the wanted part of a block goes.</summary>
    public Memory<byte> DestinationOf(int index)
    {
        long start = Math.Max(0, (BlockOf(index) * _blockBytes) - _offset);
        long end = Math.Min(_destination.Length, ((BlockOf(index) + 1) * _blockBytes) - _offset);
        return _destination[(int)start..(int)end];
    }

    /// <summary>Takes the wanted part of a whole block.</summary>
    public void Take(int index, ReadOnlySpan<byte> block)
    {
        Span<byte> destination = DestinationOf(index).Span;
        int start = Math.Min(OffsetOf(index), block.Length);
        int length = Math.Min(destination.Length, block.Length - start);
        block.Slice(start, length).CopyTo(destination);
        Lengths[index] = length;
    }

    /// <summary>Bytes read without a gap: the blob ends in the first block that is not full.</summary>
    public int Total()
    {
        int total = 0;
        for (int i = 0; i < Count; i++)
        {
            total += Lengths[i];
            if (Lengths[i] < DestinationOf(i).Length)
            {
                break;
            }
        }

        return total;
    }
}
