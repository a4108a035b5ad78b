using BenchmarkDotNet.Attributes;
using Bigrain.Kernels.Distances;
using Bigrain.Kernels.Memory;

namespace Bigrain.Benchmarks;

/// <summary>Exact distances of 1,000 rows picked at random from 512 MiB, with and without requesting rows ahead.</summary>
[MemoryDiagnoser]
public unsafe class VerificationBenchmarks
{
    private const int Batches = 64;
    private const int BatchRows = 1_000;

    private readonly AlignedBuffer<float> _rows = new(128 * 1024 * 1024);
    private readonly int[] _indices = new int[Batches * BatchRows];
    private readonly float[] _distances = new float[BatchRows];
    private float[] _query = [];
    private int _batch;

    [Params(128, 768)]
    public int Dimension { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var random = new Random(1);
        _query = new float[Dimension];
        var count = (int)(_rows.Length / Dimension);
        for (var i = 0; i < _indices.Length; i++)
        {
            _indices[i] = random.Next(count);
        }

        for (nint i = 0; i < _rows.Length; i++)
        {
            _rows[i] = i % 97;
        }
    }

    [GlobalCleanup]
    public void Cleanup() => _rows.Dispose();

    [Benchmark(Baseline = true, OperationsPerInvoke = BatchRows)]
    public float One_by_one()
    {
        var pointer = _rows.Pointer;
        foreach (var index in NextBatch())
        {
            _distances[0] += SquaredL2.Compute(_query, new ReadOnlySpan<float>(pointer + ((nint)index * Dimension), Dimension));
        }

        return _distances[0];
    }

    [Benchmark(OperationsPerInvoke = BatchRows)]
    public void Requested_ahead() =>
        SquaredL2.ScanIndexed(_query, _rows.Pointer, (nint)Dimension * sizeof(float), NextBatch(), _distances);

    private ReadOnlySpan<int> NextBatch()
    {
        _batch = (_batch + 1) % Batches;
        return _indices.AsSpan(_batch * BatchRows, BatchRows);
    }
}
