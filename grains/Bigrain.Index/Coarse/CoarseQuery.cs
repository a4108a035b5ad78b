using Bigrain.Index.Schema;
using Bigrain.Kernels.Distances;
using Bigrain.Kernels.Rotation;

namespace Bigrain.Index.Coarse;

/// <summary>A query prepared once and shared by all segments of a silo.</summary>
/// <remarks>One thread at a time: prepared forms are filled in on first use.</remarks>
public sealed class CoarseQuery
{
    private readonly float[] _vector;
    private float[]? _rotated;
    private ulong _rotationSeed;
    private bool _isRotated;
    private PlainQuery? _plain;

    /// <summary>Prepares a query.</summary>
    /// <param name="vector">The source vector; shape <c>[d]</c>; normalised here under cosine.</param>
    /// <param name="metric">How vectors compare.</param>
    /// <param name="k">Neighbours wanted.</param>
    /// <param name="nprobe">Leaves to scan per segment; 0 = automatic.</param>
    public CoarseQuery(ReadOnlySpan<float> vector, Metric metric, int k, int nprobe = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(k);
        ArgumentOutOfRangeException.ThrowIfNegative(nprobe);
        _vector = vector.ToArray();
        if (metric == Metric.Cosine)
        {
            RankDistance.Normalise(_vector);
        }

        SquaredLength = Norm.Squared(_vector);
        Metric = metric;
        K = k;
        Nprobe = nprobe;
    }

    /// <summary>The source vector, normalised under cosine; shape <c>[d]</c>.</summary>
    public ReadOnlySpan<float> Vector => _vector;

    /// <summary>Squared length of <see cref="Vector"/>.</summary>
    public float SquaredLength { get; }

    /// <summary>How vectors compare.</summary>
    public Metric Metric { get; }

    /// <summary>Neighbours wanted.</summary>
    public int K { get; }

    /// <summary>Leaves to scan per segment; 0 = automatic.</summary>
    public int Nprobe { get; }

    /// <summary>The rotated vector; made once for each seed, of which a generation has one.</summary>
    internal ReadOnlySpan<float> Rotated(StructuredRotation rotation)
    {
        if (!_isRotated || _rotationSeed != rotation.Seed)
        {
            _rotated ??= new float[_vector.Length];
            rotation.Apply(_vector, _rotated);
            _rotationSeed = rotation.Seed;
            _isRotated = true;
        }

        return _rotated;
    }

    /// <summary>The query against the codes of a model; made once.</summary>
    internal PlainQuery Plain(LearnedTables tables) =>
        _plain is { } known && known.Tables == tables ? known : _plain = new PlainQuery(_vector, tables);

    /// <summary>Drops prepared forms, so that a benchmark pays for them with each search.</summary>
    internal void Forget()
    {
        _isRotated = false;
        _plain = null;
    }
}
