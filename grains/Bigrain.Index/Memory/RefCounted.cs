namespace Bigrain.Index.Memory;

/// <summary>Something in native memory that several snapshots share: freed when the last one lets go.</summary>
/// <remarks>Born with one reference, its maker's. Thread safe.</remarks>
public abstract class RefCounted
{
    private int _references = 1;

    /// <summary>Takes a reference if the object still lives.</summary>
    /// <returns>False when the last reference was released before.</returns>
    public bool TryAddReference()
    {
        int seen = Volatile.Read(ref _references);
        while (seen > 0)
        {
            int before = Interlocked.CompareExchange(ref _references, seen + 1, seen);
            if (before == seen)
            {
                return true;
            }

            seen = before;
        }

        return false;
    }

    /// <summary>Gives one reference back.</summary>
    public void Release()
    {
        int left = Interlocked.Decrement(ref _references);
        System.Diagnostics.Debug.Assert(left >= 0, "released more often than taken");
        if (left == 0)
        {
            Free();
        }
    }

    /// <summary>Frees the memory; called once, after the last release.</summary>
    protected abstract void Free();
}
