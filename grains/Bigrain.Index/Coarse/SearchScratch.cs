using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using Bigrain.Kernels.Memory;
using Bigrain.Kernels.Pq;

namespace Bigrain.Index.Coarse;

/// <summary>The working memory of one searching thread; it grows to the largest segment searched and is then reused.</summary>
[SuppressMessage("Design", "CA1001", Justification = "Lives as long as its thread; the finalizers of its buffers free it.")]
internal sealed unsafe class SearchScratch
{
    /// <summary>Blocks scanned at a time: their sums, estimates and factors stay in the first cache.</summary>
    public const int TileBlocks = 16;

    [ThreadStatic]
    private static SearchScratch? ThreadScratch;

    private readonly AlignedBuffer<int> _sums = new(4 * TileBlocks * ByteLayout.BlockVectors);
    private readonly AlignedBuffer<float> _estimates = new(TileBlocks * ByteLayout.BlockVectors);
    private readonly AlignedBuffer<uint> _masks = new(2 * TileBlocks);
    private AlignedBuffer<byte> _table = new(0);
    private AlignedBuffer<byte> _routingTable = new(0);
    private AlignedBuffer<float> _rotated = new(0);
    private AlignedBuffer<float> _keys = new(0);
    private AlignedBuffer<int> _leaves = new(0);
    private AlignedBuffer<float> _sortedKeys = new(0);
    private AlignedBuffer<ulong> _visited = new(0);
    private AlignedBuffer<float> _minima = new(0);

    public static SearchScratch Current => ThreadScratch ??= new SearchScratch();

    /// <summary>Sums of a tile, for up to four queries.</summary>
    public int* Sums => _sums.Pointer;

    public float* Estimates => _estimates.Pointer;

    public uint* Masks => _masks.Pointer;

    public Span<byte> Table(int bytes) => Grow(ref _table, bytes);

    public Span<byte> RoutingTable(int bytes) => Grow(ref _routingTable, bytes);

    public Span<float> Rotated(int dimension) => Grow(ref _rotated, dimension);

    public Span<float> Keys(int count) => Grow(ref _keys, count);

    public Span<int> Leaves(int count) => Grow(ref _leaves, count);

    public Span<float> SortedKeys(int count) => Grow(ref _sortedKeys, count);

    public Span<ulong> Visited(int leafCount) => Grow(ref _visited, (leafCount + 63) / 64);

    public Span<float> Minima(int count) => Grow(ref _minima, count);

    private static Span<T> Grow<T>(ref AlignedBuffer<T> buffer, int length)
        where T : unmanaged
    {
        if (buffer.Length < length)
        {
            buffer.Dispose();
            buffer = new AlignedBuffer<T>((nint)BitOperations.RoundUpToPowerOf2((uint)length));
        }

        return buffer.Slice(0, length);
    }
}
