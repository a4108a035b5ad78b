namespace Bigrain.Index.Coarse;

/// <summary>
/// The candidates of one query, shared by all segments, partitions and tails that answer it on a silo. It keeps
/// what can still be among the k nearest: a candidate whose lower bound passes the k-th smallest upper bound is
/// dropped, and beyond the capacity the best by estimate stay.
/// </summary>
/// <remarks>Not thread safe. Reusable through <see cref="Reset"/>; allocates only when it grows.</remarks>
public sealed class Shortlist
{
    private float[] _uppers = [];
    private int _upperCount;
    private int[] _sources = [];
    private int[] _slots = [];
    private float[] _estimates = [];
    private float[] _errors = [];
    private float _estimateLimit = float.PositiveInfinity;

    /// <summary>Makes a shortlist.</summary>
    /// <param name="k">Neighbours wanted.</param>
    /// <param name="capacity">Most candidates after the cut; 0 = automatic.</param>
    public Shortlist(int k, int capacity = 0) => Reset(k, capacity);

    /// <summary>Neighbours wanted.</summary>
    public int K { get; private set; }

    /// <summary>Most candidates after the cut.</summary>
    public int Capacity { get; private set; }

    /// <summary>Candidates held; at most <see cref="Capacity"/> after <see cref="Cut"/>.</summary>
    public int Count { get; private set; }

    /// <summary>The k-th smallest upper bound so far: no candidate whose lower bound is above it can matter.</summary>
    public float Threshold => _upperCount < K ? float.PositiveInfinity : _uppers[0];

    /// <summary>Largest lower bound that <see cref="Add"/> still takes; scans compare with it.</summary>
    internal float LowerLimit => Threshold;

    /// <summary>Largest estimate that <see cref="Add"/> still takes, once the capacity was reached.</summary>
    internal float EstimateLimit => _estimateLimit;

    /// <summary>Source ordinal of each candidate.</summary>
    public ReadOnlySpan<int> Sources => _sources.AsSpan(0, Count);

    /// <summary>Slot of each candidate in its source.</summary>
    public ReadOnlySpan<int> Slots => _slots.AsSpan(0, Count);

    /// <summary>Estimated rank distance of each candidate.</summary>
    public ReadOnlySpan<float> Estimates => _estimates.AsSpan(0, Count);

    /// <summary>Error bound of each estimate; 0 for exact ones.</summary>
    public ReadOnlySpan<float> Errors => _errors.AsSpan(0, Count);

    /// <summary>The capacity that 0 stands for.</summary>
    /// <param name="k">Neighbours wanted.</param>
    public static int AutomaticCapacity(int k) => Math.Max(200, 20 * k);

    /// <summary>Empties the shortlist for another query.</summary>
    /// <param name="k">Neighbours wanted.</param>
    /// <param name="capacity">Most candidates after the cut; 0 = automatic.</param>
    public void Reset(int k, int capacity = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(k);
        ArgumentOutOfRangeException.ThrowIfNegative(capacity);
        K = k;
        Capacity = Math.Max(k, capacity == 0 ? AutomaticCapacity(k) : capacity);
        Count = 0;
        _upperCount = 0;
        _estimateLimit = float.PositiveInfinity;
        if (_uppers.Length < k)
        {
            _uppers = new float[k];
        }
    }

    /// <summary>Offers a candidate.</summary>
    /// <param name="source">Ordinal of the segment or tail, given by the caller.</param>
    /// <param name="slot">Slot in it.</param>
    /// <param name="estimate">Estimated rank distance.</param>
    /// <param name="error">Bound of the estimate's error; 0 = exact.</param>
    public void Add(int source, int slot, float estimate, float error)
    {
        if (estimate - error > Threshold || estimate > _estimateLimit)
        {
            return;
        }

        if (Count == _slots.Length)
        {
            MakeRoom();
        }

        _sources[Count] = source;
        _slots[Count] = slot;
        _estimates[Count] = estimate;
        _errors[Count] = error;
        Count++;
        AddUpper(estimate + error);
    }

    /// <summary>Drops what the final threshold and the capacity leave out, and sorts by estimate.</summary>
    public void Cut()
    {
        DropAboveThreshold();
        int[] order = new int[Count];
        for (int i = 0; i < order.Length; i++)
        {
            order[i] = i;
        }

        float[] keys = _estimates.AsSpan(0, Count).ToArray();
        Array.Sort(keys, order);
        int kept = Math.Min(Count, Capacity);
        int[] sources = new int[kept];
        int[] slots = new int[kept];
        float[] errors = new float[kept];
        for (int i = 0; i < kept; i++)
        {
            sources[i] = _sources[order[i]];
            slots[i] = _slots[order[i]];
            errors[i] = _errors[order[i]];
        }

        sources.CopyTo(_sources, 0);
        slots.CopyTo(_slots, 0);
        errors.CopyTo(_errors, 0);
        keys.AsSpan(0, kept).CopyTo(_estimates);
        Count = kept;
    }

    private void DropAboveThreshold()
    {
        float threshold = Threshold;
        int kept = 0;
        for (int i = 0; i < Count; i++)
        {
            if (_estimates[i] - _errors[i] <= threshold && _estimates[i] <= _estimateLimit)
            {
                _sources[kept] = _sources[i];
                _slots[kept] = _slots[i];
                _estimates[kept] = _estimates[i];
                _errors[kept] = _errors[i];
                kept++;
            }
        }

        Count = kept;
    }

    private void MakeRoom()
    {
        int limit = Math.Max(64, 2 * Capacity);
        if (_slots.Length < limit)
        {
            int size = Math.Min(limit, Math.Max(256, 2 * _slots.Length));
            Array.Resize(ref _sources, size);
            Array.Resize(ref _slots, size);
            Array.Resize(ref _estimates, size);
            Array.Resize(ref _errors, size);
            return;
        }

        DropAboveThreshold();
        if (Count > Capacity)
        {
            float[] keys = _estimates.AsSpan(0, Count).ToArray();
            Array.Sort(keys);
            _estimateLimit = keys[Capacity - 1];
            DropAboveThreshold();
            Count = Math.Min(Count, Capacity + (Capacity / 2));
        }
    }

    private void AddUpper(float upper)
    {
        if (_upperCount < K)
        {
            int child = _upperCount++;
            while (child > 0)
            {
                int parent = (child - 1) / 2;
                if (_uppers[parent] >= upper)
                {
                    break;
                }

                _uppers[child] = _uppers[parent];
                child = parent;
            }

            _uppers[child] = upper;
            return;
        }

        if (upper >= _uppers[0])
        {
            return;
        }

        int hole = 0;
        while (true)
        {
            int child = (2 * hole) + 1;
            if (child >= K)
            {
                break;
            }

            if (child + 1 < K && _uppers[child + 1] > _uppers[child])
            {
                child++;
            }

            if (_uppers[child] <= upper)
            {
                break;
            }

            _uppers[hole] = _uppers[child];
            hole = child;
        }

        _uppers[hole] = upper;
    }
}
