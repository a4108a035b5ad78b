using BenchmarkDotNet.Attributes;
using Bigrain.Kernels.Distances;
using Bigrain.Kernels.Memory;

namespace Bigrain.Benchmarks;

/// <summary>One query against rows of floats: share of the plain read bandwidth of the same buffer (1 / Ratio).</summary>
[MemoryDiagnoser]
public unsafe class FlatScanBenchmarks
{
    private const int Dimension = 128;

    private readonly float[] _query = new float[Dimension];
    private AlignedBuffer<float> _rows = new(0);
    private float[] _distances = [];

    /// <summary>Size of the buffer: in the second-level cache, or far beyond all caches.</summary>
    [Params(512 * 1024, 512 * 1024 * 1024)]
    public int BufferBytes { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var count = BufferBytes / (Dimension * sizeof(float));
        _rows = new AlignedBuffer<float>((nint)count * Dimension);
        _distances = new float[count];
        for (nint i = 0; i < _rows.Length; i++)
        {
            _rows[i] = i % 97;
        }
    }

    [GlobalCleanup]
    public void Cleanup() => _rows.Dispose();

    [Benchmark(Baseline = true)]
    public byte Plain_read() => PlainRead.Run((byte*)_rows.Pointer, _rows.LengthBytes);

    [Benchmark]
    public void Squared_L2() => SquaredL2.ScanMany(_query, _rows.Pointer, Dimension * sizeof(float), _distances);

    [Benchmark]
    public void Dot_product() => DotProduct.ScanMany(_query, _rows.Pointer, Dimension * sizeof(float), _distances);
}
