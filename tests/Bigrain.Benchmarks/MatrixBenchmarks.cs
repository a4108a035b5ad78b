using BenchmarkDotNet.Attributes;
using Bigrain.Kernels.Distances;
using Bigrain.Kernels.Matrix;

namespace Bigrain.Benchmarks;

/// <summary>Products of 960 vectors with 1,024 rows: blocked, against one scan for each vector; and the nearest centroids.</summary>
[MemoryDiagnoser]
public class MatrixBenchmarks
{
    private const int VectorCount = 960;
    private const int RowCount = 1_024;

    private float[] _vectors = [];
    private float[] _rows = [];
    private float[] _products = [];
    private int[] _nearest = [];
    private int[] _few = [];
    private float[] _fewDistances = [];
    private PackedMatrix? _packed;
    private CentroidTable? _table;

    [Params(128, 784)]
    public int Dimension { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var random = new Random(1);
        _vectors = Values(VectorCount * Dimension);
        _rows = Values(RowCount * Dimension);
        _products = new float[VectorCount * RowCount];
        _nearest = new int[VectorCount];
        _few = new int[VectorCount * 16];
        _fewDistances = new float[VectorCount * 16];
        _packed = new PackedMatrix(_rows, RowCount, Dimension);
        _table = new CentroidTable(_rows, RowCount, Dimension);

        float[] Values(int length)
        {
            var values = new float[length];
            for (var i = 0; i < length; i++)
            {
                values[i] = (float)random.NextDouble() - 0.5f;
            }

            return values;
        }
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _packed?.Dispose();
        _table?.Dispose();
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = VectorCount)]
    public void One_scan_for_each_vector()
    {
        for (var i = 0; i < VectorCount; i++)
        {
            DotProduct.ScanMany(
                _vectors.AsSpan(i * Dimension, Dimension), _rows, _products.AsSpan(i * RowCount, RowCount));
        }
    }

    [Benchmark(OperationsPerInvoke = VectorCount)]
    public void Blocked() => _packed!.InnerProducts(_vectors, _products);

    [Benchmark(OperationsPerInvoke = VectorCount)]
    public void Nearest_centroid() => _table!.Nearest(_vectors, _nearest);

    [Benchmark(OperationsPerInvoke = VectorCount)]
    public void Nearest_16_in_a_batch() => _table!.NearestMany(_vectors, 16, _few, _fewDistances);

    [Benchmark]
    public int Nearest_16_of_one() =>
        _table!.NearestOfOne(_vectors.AsSpan(0, Dimension), _few.AsSpan(0, 16), _fewDistances.AsSpan(0, 16));
}
