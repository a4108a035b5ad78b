using BenchmarkDotNet.Attributes;
using Bigrain.Kernels.Memory;
using Bigrain.Kernels.Scan;

namespace Bigrain.Benchmarks;

/// <summary>Scan of 4-bit sub-codes at 32 bytes a vector: share of the plain read bandwidth of the same buffer (1 / Ratio).</summary>
[MemoryDiagnoser]
public unsafe class ScanBenchmarks
{
    private const int ChunkCount = 16;
    private const int BlockBytes = ChunkCount * NibbleLayout.ChunkBytes;
    private const int TileBlocks = 16;

    private AlignedBuffer<byte> _codes = new(0);
    private AlignedBuffer<byte> _table = new(0);
    private AlignedBuffer<int> _sums = new(0);

    /// <summary>Size of the buffer: in the second-level cache, or beyond the caches of one core.</summary>
    [Params(512 * 1024, 512 * 1024 * 1024)]
    public int BufferBytes { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _codes = new AlignedBuffer<byte>(BufferBytes);
        for (nint i = 0; i < _codes.Length; i++)
        {
            _codes[i] = (byte)(i * 31);
        }

        _table = new AlignedBuffer<byte>(BlockBytes);
        for (nint i = 0; i < _table.Length; i++)
        {
            _table[i] = (byte)(i & NibbleLayout.MaxEntry);
        }

        _sums = new AlignedBuffer<int>(TileBlocks * NibbleLayout.BlockVectors);
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _codes.Dispose();
        _table.Dispose();
        _sums.Dispose();
    }

    [Benchmark(Baseline = true)]
    public byte Plain_read() => PlainRead.Run(_codes.Pointer, _codes.LengthBytes);

    [Benchmark]
    public int Nibble_scan()
    {
        for (nint first = 0; first < BufferBytes; first += TileBlocks * BlockBytes)
        {
            NibbleScan.Sum(_codes.Pointer + first, BlockBytes, TileBlocks, ChunkCount, _table.Pointer, _sums.Pointer);
        }

        return _sums[0];
    }
}
