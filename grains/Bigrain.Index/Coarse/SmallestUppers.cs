namespace Bigrain.Index.Coarse;

/// <summary>The smallest upper bounds seen, as a heap with the largest of them on top.</summary>
internal struct SmallestUppers
{
    private float[] _heap;
    private int _wanted;
    private int _count;

    /// <summary>The largest of the smallest ones: infinite until there are as many as wanted.</summary>
    public float Threshold { get; private set; }

    /// <summary>Empties it.</summary>
    /// <param name="wanted">How many to keep.</param>
    public void Reset(int wanted)
    {
        _wanted = wanted;
        _count = 0;
        Threshold = float.PositiveInfinity;
        if (_heap is null || _heap.Length < wanted)
        {
            _heap = new float[wanted];
        }
    }

    /// <summary>Takes in an upper bound that is below <see cref="Threshold"/>.</summary>
    public void Add(float upper)
    {
        if (_count < _wanted)
        {
            Rise(upper);
        }
        else
        {
            Sink(upper);
        }

        Threshold = _count == _wanted ? _heap[0] : float.PositiveInfinity;
    }

    private void Rise(float upper)
    {
        int child = _count++;
        while (child > 0)
        {
            int parent = (child - 1) / 2;
            if (_heap[parent] >= upper)
            {
                break;
            }

            _heap[child] = _heap[parent];
            child = parent;
        }

        _heap[child] = upper;
    }

    private void Sink(float upper)
    {
        int hole = 0;
        while (true)
        {
            int child = (2 * hole) + 1;
            if (child >= _wanted)
            {
                break;
            }

            if (child + 1 < _wanted && _heap[child + 1] > _heap[child])
            {
                child++;
            }

            if (_heap[child] <= upper)
            {
                break;
            }

            _heap[hole] = _heap[child];
            hole = child;
        }

        _heap[hole] = upper;
    }
}
