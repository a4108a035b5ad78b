namespace Bigrain.Index.Exact;

/// <summary>The k closest rows of one query so far, the worst at the root of a heap.</summary>
/// <remarks>Works on distances (smaller is closer); equal ones are ordered by row, so that the result does not depend on
/// the order of arrival.</remarks>
internal sealed class NearestRows
{
    private readonly (float Distance, int Row)[] _heap;

    /// <summary>Keeps <paramref name="k"/> rows.</summary>
    public NearestRows(int k) => _heap = new (float, int)[k];

    /// <summary>Rows kept.</summary>
    public int Count { get; private set; }

    /// <summary>A row farther than this cannot enter.</summary>
    public float Threshold { get; private set; } = float.PositiveInfinity;

    /// <summary>Offers a row whose distance is at most <see cref="Threshold"/>.</summary>
    public void Offer(float distance, int row)
    {
        (float, int) entry = (distance, row);
        if (Count < _heap.Length)
        {
            _heap[Count++] = entry;
            SiftUp(Count - 1);
        }
        else if (IsCloser(entry, _heap[0]))
        {
            _heap[0] = entry;
            SiftDown();
        }

        if (Count == _heap.Length)
        {
            Threshold = _heap[0].Distance;
        }
    }

    /// <summary>The rows, the closest first.</summary>
    public (float Distance, int Row)[] Sorted()
    {
        (float Distance, int Row)[] sorted = _heap[..Count];
        Array.Sort(sorted);
        return sorted;
    }

    private static bool IsCloser((float Distance, int Row) a, (float Distance, int Row) b) =>
        a.Distance < b.Distance || (a.Distance == b.Distance && a.Row < b.Row);

    private void SiftUp(int child)
    {
        while (child > 0 && IsCloser(_heap[(child - 1) / 2], _heap[child]))
        {
            int parent = (child - 1) / 2;
            (_heap[parent], _heap[child]) = (_heap[child], _heap[parent]);
            child = parent;
        }
    }

    private void SiftDown()
    {
        int parent = 0;
        while (true)
        {
            int worst = (2 * parent) + 1;
            if (worst >= Count)
            {
                return;
            }

            if (worst + 1 < Count && IsCloser(_heap[worst], _heap[worst + 1]))
            {
                worst++;
            }

            if (!IsCloser(_heap[parent], _heap[worst]))
            {
                return;
            }

            (_heap[parent], _heap[worst]) = (_heap[worst], _heap[parent]);
            parent = worst;
        }
    }
}
