using Bigrain.Index.Coarse;
using Bigrain.Index.Schema;
using Bigrain.Kernels.Distances;
using Bigrain.Kernels.Memory;
using Bigrain.Kernels.TopK;

namespace Bigrain.Index.Benchmarking;

/// <summary>Verifies shortlists against full vectors in memory, in slot order as dense records are.</summary>
/// <remarks>
/// The best by estimate are measured first; their k-th exact distance then drops what its bound rules out. One instance
/// serves one thread.
/// </remarks>
internal sealed unsafe class MemoryVerifier
{
    private readonly AlignedBuffer<float> _slots;
    private readonly int _dimension;
    private readonly Metric _metric;
    private int[] _chosen = new int[256];
    private float[] _distances = new float[256];
    private float[] _ordered = new float[256];

    public MemoryVerifier(AlignedBuffer<float> slots, int dimension, Metric metric)
    {
        _slots = slots;
        _dimension = dimension;
        _metric = metric;
    }

    public long RecordsVerified { get; private set; }

    /// <summary>Finds the k nearest of the shortlist.</summary>
    /// <param name="query">The query.</param>
    /// <param name="shortlist">Candidates; dropped to what matters.</param>
    /// <param name="nearest">Receives the nearest, exact.</param>
    public void Verify(CoarseQuery query, Shortlist shortlist, Shortlist nearest)
    {
        int count = shortlist.Count;
        if (_chosen.Length < count)
        {
            Array.Resize(ref _chosen, 2 * count);
            Array.Resize(ref _distances, 2 * count);
            Array.Resize(ref _ordered, 2 * count);
        }

        ReadOnlySpan<float> estimates = shortlist.Estimates;
        ReadOnlySpan<float> errors = shortlist.Errors;
        float first = float.PositiveInfinity;
        if (count > 2 * query.K)
        {
            estimates.CopyTo(_ordered);
            first = SmallestValues.Order(_ordered.AsSpan(0, count), query.K + (query.K / 2));
        }

        int chosen = 0;
        for (int i = 0; i < count; i++)
        {
            if (estimates[i] <= first)
            {
                _chosen[chosen++] = shortlist.Slots[i];
            }
        }

        Measure(query, chosen, nearest);
        if (float.IsPositiveInfinity(first))
        {
            return;
        }

        float threshold = nearest.Threshold;
        chosen = 0;
        for (int i = 0; i < count; i++)
        {
            if (estimates[i] > first && estimates[i] - errors[i] <= threshold)
            {
                _chosen[chosen++] = shortlist.Slots[i];
            }
        }

        Measure(query, chosen, nearest);
    }

    private void Measure(CoarseQuery query, int count, Shortlist nearest)
    {
        ReadOnlySpan<int> slots = _chosen.AsSpan(0, count);
        Span<float> distances = _distances.AsSpan(0, count);
        nint stride = (nint)_dimension * sizeof(float);
        if (_metric == Metric.L2)
        {
            SquaredL2.ScanIndexed(query.Vector, _slots.Pointer, stride, slots, distances);
        }
        else
        {
            DotProduct.ScanIndexed(query.Vector, _slots.Pointer, stride, slots, distances);
        }

        for (int i = 0; i < count; i++)
        {
            nearest.Add(0, slots[i], _metric == Metric.L2 ? distances[i] : -distances[i], 0);
        }

        RecordsVerified += count;
    }
}
