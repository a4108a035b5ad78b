using BenchmarkDotNet.Attributes;
using Bigrain.Kernels.Rotation;

namespace Bigrain.Benchmarks;

/// <summary>Time of one rotation of three rounds.</summary>
[MemoryDiagnoser]
public class RotationBenchmarks
{
    private float[] _source = [];
    private float[] _destination = [];
    private StructuredRotation _rotation = new(1, 1);

    [Params(128, 784, 1_024, 3_072)]
    public int Dimension { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _rotation = new StructuredRotation(Dimension, 1);
        _destination = new float[Dimension];
        _source = new float[Dimension];
        for (var i = 0; i < Dimension; i++)
        {
            _source[i] = i % 13;
        }
    }

    [Benchmark]
    public void Rotate() => _rotation.Apply(_source, _destination);
}
