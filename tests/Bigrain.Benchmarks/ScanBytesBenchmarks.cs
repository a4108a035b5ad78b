using BenchmarkDotNet.Attributes;
using Bigrain.Kernels.Memory;
using Bigrain.Kernels.Pq;

namespace Bigrain.Benchmarks;

/// <summary>PQ of 96 sub-codes of 8 bits over 16,384 vectors: table look-ups in registers, against scalar float sums.</summary>
[MemoryDiagnoser]
public unsafe class ScanBytesBenchmarks
{
    private const int SubspaceCount = 96;
    private const int BlockCount = 256;
    private const int BlockBytes = SubspaceCount * ByteLayout.BlockVectors;

    private AlignedBuffer<byte> _codes = new(0);
    private AlignedBuffer<byte> _table = new(0);
    private AlignedBuffer<float> _floats = new(0);
    private AlignedBuffer<int> _sums = new(0);
    private AlignedBuffer<float> _floatSums = new(0);

    [GlobalSetup]
    public void Setup()
    {
        _codes = new AlignedBuffer<byte>(BlockCount * BlockBytes);
        new Random(1).NextBytes(_codes.Span);
        _table = new AlignedBuffer<byte>(SubspaceCount * ByteLayout.TableEntries);
        new Random(2).NextBytes(_table.Span);
        _floats = new AlignedBuffer<float>(_table.Length);
        for (nint i = 0; i < _table.Length; i++)
        {
            _floats[i] = _table[i];
        }

        _sums = new AlignedBuffer<int>(BlockCount * ByteLayout.BlockVectors);
        _floatSums = new AlignedBuffer<float>(_sums.Length);
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _codes.Dispose();
        _table.Dispose();
        _floats.Dispose();
        _sums.Dispose();
        _floatSums.Dispose();
    }

    [Benchmark(Baseline = true)]
    public void Scalar_floats() =>
        ByteScan.SumFloats(_codes.Pointer, BlockBytes, BlockCount, SubspaceCount, _floats.Pointer, _floatSums.Pointer);

    [Benchmark]
    public void Registers() => ByteScan.Sum(_codes.Pointer, BlockBytes, BlockCount, SubspaceCount, _table.Pointer, _sums.Pointer);
}
