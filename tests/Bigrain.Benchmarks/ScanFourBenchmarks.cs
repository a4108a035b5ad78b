using BenchmarkDotNet.Attributes;
using Bigrain.Kernels.Memory;
using Bigrain.Kernels.Scan;

namespace Bigrain.Benchmarks;

/// <summary>Four queries over a million codes of 32 bytes: four scans, against one scan for all of them.</summary>
[MemoryDiagnoser]
public unsafe class ScanFourBenchmarks
{
    private const int ChunkCount = 16;
    private const int BlockBytes = ChunkCount * NibbleLayout.ChunkBytes;
    private const int BlockCount = 1_000_000 / NibbleLayout.BlockVectors;
    private const int TileBlocks = 10;

    private AlignedBuffer<byte> _codes = new(0);
    private AlignedBuffer<byte> _tables = new(0);
    private AlignedBuffer<int> _sums = new(0);

    [GlobalSetup]
    public void Setup()
    {
        _codes = new AlignedBuffer<byte>((nint)BlockCount * BlockBytes);
        for (nint i = 0; i < _codes.Length; i++)
        {
            _codes[i] = (byte)(i * 31);
        }

        _tables = new AlignedBuffer<byte>(4 * BlockBytes);
        for (nint i = 0; i < _tables.Length; i++)
        {
            _tables[i] = (byte)(i & NibbleLayout.MaxEntry);
        }

        _sums = new AlignedBuffer<int>(4 * TileBlocks * NibbleLayout.BlockVectors);
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _codes.Dispose();
        _tables.Dispose();
        _sums.Dispose();
    }

    [Benchmark(Baseline = true)]
    public int Four_scans()
    {
        for (var query = 0; query < 4; query++)
        {
            for (nint block = 0; block < BlockCount; block += TileBlocks)
            {
                NibbleScan.Sum(
                    _codes.Pointer + (block * BlockBytes), BlockBytes, TileBlocks, ChunkCount, _tables.Pointer + (query * BlockBytes), _sums.Pointer);
            }
        }

        return _sums[0];
    }

    [Benchmark]
    public int One_scan_for_four()
    {
        var tables = stackalloc byte*[4];
        for (var query = 0; query < 4; query++)
        {
            tables[query] = _tables.Pointer + (query * BlockBytes);
        }

        for (nint block = 0; block < BlockCount; block += TileBlocks)
        {
            NibbleScan.SumFour(_codes.Pointer + (block * BlockBytes), BlockBytes, TileBlocks, ChunkCount, tables, _sums.Pointer);
        }

        return _sums[0];
    }
}
