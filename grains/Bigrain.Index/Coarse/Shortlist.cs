using Bigrain.Kernels.TopK;

namespace Bigrain.Index.Coarse;

/// <summary>
/// The candidates of one query, shared by all segments, partitions and tails that answer it on a silo. It keeps
/// what can still be among the k nearest: a candidate whose lower bound passes the k-th smallest upper bound is
/// dropped, and beyond the capacity the best by estimate stay.
/// </summary>
/// <remarks>Not thread safe. Reusable through <see cref="Reset"/>; allocates only when it grows.</remarks>
public sealed class Shortlist
{
    private const int SmallestBuffer = 512;

    private SmallestUppers _uppers;
    private SmallestUppers _probeUppers;
    private int[] _sources = [];
    private int[] _slots = [];
    private float[] _estimates = [];
    private float[] _errors = [];
    private float[] _order = [];
    private int[] _places = [];
    private float _estimateLimit = float.PositiveInfinity;
    private bool _isBounded = true;

    /// <summary>Makes a shortlist.</summary>
    /// <param name="k">Neighbours wanted.</param>
    /// <param name="capacity">Most candidates after the cut; 0 = automatic.</param>
    /// <param name="probeK">Neighbours that automatic probing looks for; 0 = <paramref name="k"/>.</param>
    /// <param name="isBounded">Whether bounds cut; without them the best by estimate stay, as many as the capacity: what verifies
    /// is then another score than what is estimated.</param>
    public Shortlist(int k, int capacity = 0, int probeK = 0, bool isBounded = true)
    {
        _isBounded = isBounded;
        Reset(k, capacity, probeK);
    }

    /// <summary>Neighbours wanted.</summary>
    public int K { get; private set; }

    /// <summary>Most candidates after the cut.</summary>
    public int Capacity { get; private set; }

    /// <summary>Candidates held; at most <see cref="Capacity"/> after <see cref="Cut"/>.</summary>
    public int Count { get; private set; }

    /// <summary>The k-th smallest upper bound so far: no candidate whose lower bound is above it can matter.</summary>
    public float Threshold => _uppers.Threshold;

    /// <summary>The smallest upper bound so far of which automatic probing has found as many as it looks for.</summary>
    public float ProbeThreshold => _probeUppers.Threshold;

    /// <summary>Source ordinal of each candidate.</summary>
    public ReadOnlySpan<int> Sources => _sources.AsSpan(0, Count);

    /// <summary>Slot of each candidate in its source.</summary>
    public ReadOnlySpan<int> Slots => _slots.AsSpan(0, Count);

    /// <summary>Estimated rank distance of each candidate.</summary>
    public ReadOnlySpan<float> Estimates => _estimates.AsSpan(0, Count);

    /// <summary>Error bound of each estimate; 0 for exact ones.</summary>
    public ReadOnlySpan<float> Errors => _errors.AsSpan(0, Count);

    /// <summary>Largest lower bound that <see cref="Add"/> still takes; scans compare with it.</summary>
    internal float LowerLimit => Threshold;

    /// <summary>Largest estimate that <see cref="Add"/> still takes, once the capacity was reached.</summary>
    internal float EstimateLimit => _estimateLimit;

    /// <summary>The capacity that 0 stands for.</summary>
    /// <param name="k">Neighbours wanted.</param>
    public static int AutomaticCapacity(int k) => Math.Max(200, 20 * k);

    /// <summary>Empties the shortlist for another query.</summary>
    /// <param name="k">Neighbours wanted.</param>
    /// <param name="capacity">Most candidates after the cut; 0 = automatic.</param>
    /// <param name="probeK">Neighbours that automatic probing looks for, at most <paramref name="k"/>; 0 = <paramref name="k"/>.</param>
    public void Reset(int k, int capacity = 0, int probeK = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(k);
        ArgumentOutOfRangeException.ThrowIfNegative(capacity);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(probeK, k);
        K = k;
        Capacity = Math.Max(k, capacity == 0 ? AutomaticCapacity(k) : capacity);
        Count = 0;
        _estimateLimit = float.PositiveInfinity;
        _uppers.Reset(k);
        _probeUppers.Reset(probeK == 0 ? k : probeK);
    }

    /// <summary>Offers a candidate.</summary>
    /// <param name="source">Ordinal of the segment or tail, given by the caller.</param>
    /// <param name="slot">Slot in it.</param>
    /// <param name="estimate">Estimated rank distance.</param>
    /// <param name="error">Bound of the estimate's error; 0 = exact.</param>
    public void Add(int source, int slot, float estimate, float error)
    {
        if (!_isBounded)
        {
            error = float.PositiveInfinity;
        }

        // Written so that NaN is refused.
        if (!(estimate - error <= Threshold && estimate <= _estimateLimit))
        {
            return;
        }

        if (Count == _slots.Length)
        {
            MakeRoom();
        }

        int place = Count++;
        _sources[place] = source;
        _slots[place] = slot;
        _estimates[place] = estimate;
        _errors[place] = error;
        float upper = estimate + error;
        if (upper < Threshold)
        {
            _uppers.Add(upper);
        }

        if (upper < ProbeThreshold)
        {
            _probeUppers.Add(upper);
        }
    }

    /// <summary>Drops what the final threshold and the capacity leave out; the order stays.</summary>
    public void Trim()
    {
        DropAboveThreshold();
        if (Count > Capacity)
        {
            KeepBest();
        }
    }

    /// <summary>Drops what the final threshold and the capacity leave out, and sorts by estimate, ties by source and slot.</summary>
    public void Cut()
    {
        Trim();
        if (_places.Length < Count)
        {
            _places = new int[_slots.Length];
        }

        Span<int> places = _places.AsSpan(0, Count);
        for (int i = 0; i < places.Length; i++)
        {
            places[i] = i;
        }

        places.Sort(Compare);
        Reorder(_sources, places);
        Reorder(_slots, places);
        Reorder(_estimates, places);
        Reorder(_errors, places);
    }

    private static void Reorder<T>(T[] values, ReadOnlySpan<int> places)
        where T : unmanaged
    {
        // Follows each cycle of the permutation; places are read only.
        Span<ulong> done = stackalloc ulong[(places.Length + 63) / 64];
        done.Clear();
        for (int start = 0; start < places.Length; start++)
        {
            if (((done[start >> 6] >> (start & 63)) & 1) != 0)
            {
                continue;
            }

            T first = values[start];
            int place = start;
            while (true)
            {
                done[place >> 6] |= 1UL << (place & 63);
                int next = places[place];
                if (next == start)
                {
                    values[place] = first;
                    break;
                }

                values[place] = values[next];
                place = next;
            }
        }
    }

    private int Compare(int x, int y)
    {
        int order = _estimates[x].CompareTo(_estimates[y]);
        if (order == 0)
        {
            order = _sources[x].CompareTo(_sources[y]);
        }

        return order != 0 ? order : _slots[x].CompareTo(_slots[y]);
    }

    private void DropAboveThreshold()
    {
        float threshold = Threshold;
        float limit = _estimateLimit;
        int kept = 0;
        for (int i = 0; i < Count; i++)
        {
            float estimate = _estimates[i];
            float error = _errors[i];
            _sources[kept] = _sources[i];
            _slots[kept] = _slots[i];
            _estimates[kept] = estimate;
            _errors[kept] = error;
            kept += estimate - error <= threshold && estimate <= limit ? 1 : 0;
        }

        Count = kept;
    }

    private void MakeRoom()
    {
        int limit = Math.Max(SmallestBuffer, 2 * Capacity);
        if (_slots.Length >= limit)
        {
            DropAboveThreshold();
            if (Count > Capacity)
            {
                KeepBest();
            }

            // A long list without gain would be trimmed again and again: let it grow instead.
            if (Count <= _slots.Length - (_slots.Length / 4))
            {
                return;
            }
        }

        int size = Math.Max(SmallestBuffer, 2 * _slots.Length);
        Array.Resize(ref _sources, size);
        Array.Resize(ref _slots, size);
        Array.Resize(ref _estimates, size);
        Array.Resize(ref _errors, size);
    }

    /// <summary>Leaves the best by estimate, as many as the capacity; ties at the limit go to the earlier ones.</summary>
    private void KeepBest()
    {
        if (_order.Length < Count)
        {
            _order = new float[_slots.Length];
        }

        _estimates.AsSpan(0, Count).CopyTo(_order);
        _estimateLimit = SmallestValues.Order(_order.AsSpan(0, Count), Capacity);
        DropAboveThreshold();
        Count = Math.Min(Count, Capacity);
    }
}
