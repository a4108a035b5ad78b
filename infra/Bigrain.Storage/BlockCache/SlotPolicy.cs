namespace Bigrain.Storage.BlockCache;

/// <summary>Decides which keys keep a slot (S3-FIFO): a small queue that most keys leave again unused, a main queue for those that were used,
/// and the names of those that left lately, which come back straight into the main queue.</summary>
/// <remarks>Not thread safe. Constant time per call. Source: Yang et al., "FIFO queues are all you need for cache eviction", SOSP 2023,
/// algorithm 1; a key seen once by a scan never pushes out one that queries use.</remarks>
internal sealed class SlotPolicy
{
    private const int MostUses = 3;
    private const int NoSlot = -1;

    private readonly Dictionary<BlockKey, int> _slots;
    private readonly BlockKey[] _keys;
    private readonly byte[] _uses;
    private readonly bool[] _isTaken;
    private readonly Queue<int> _small = new();
    private readonly Queue<int> _main = new();
    private readonly Queue<BlockKey> _leftQueue = new();
    private readonly HashSet<BlockKey> _left = [];
    private readonly int _smallCount;
    private readonly Queue<int> _free = new();
    private int _fresh;

    public SlotPolicy(int slotCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(slotCount);
        SlotCount = slotCount;
        _slots = new Dictionary<BlockKey, int>();
        _keys = new BlockKey[slotCount];
        _uses = new byte[slotCount];
        _isTaken = new bool[slotCount];
        _smallCount = Math.Max(1, slotCount / 10);
    }

    public int SlotCount { get; }

    /// <summary>Keys that have a slot.</summary>
    public int Count => _slots.Count;

    /// <summary>Looks a key up and counts the use.</summary>
    public bool TryUse(BlockKey key, out int slot)
    {
        if (!_slots.TryGetValue(key, out slot))
        {
            slot = NoSlot;
            return false;
        }

        _uses[slot] = (byte)Math.Min(MostUses, _uses[slot] + 1);
        return true;
    }

    /// <summary>Whether a key has a slot; not a use.</summary>
    public bool Contains(BlockKey key) => _slots.ContainsKey(key);

    /// <summary>Whether a slot is a key's.</summary>
    public bool Owns(BlockKey key, int slot) => _slots.TryGetValue(key, out int present) && present == slot;

    /// <summary>Gives a new key a slot, taking it from another key where all are taken.</summary>
    /// <returns>The slot; whatever it held is void.</returns>
    public int Add(BlockKey key)
    {
        if (_slots.TryGetValue(key, out int present))
        {
            return present;
        }

        int slot = _free.TryDequeue(out int free) ? free : _fresh < SlotCount ? _fresh++ : Evict();
        _slots[key] = slot;
        _keys[slot] = key;
        _uses[slot] = 0;
        _isTaken[slot] = true;
        (_left.Remove(key) ? _main : _small).Enqueue(slot);
        return slot;
    }

    /// <summary>Puts a key back into the slot it had in an earlier process; only before any <see cref="Add"/>, in rising order of slots.</summary>
    /// <returns>False when the key already has another slot.</returns>
    public bool TryRestore(BlockKey key, int slot)
    {
        for (; _fresh < slot; _fresh++)
        {
            _free.Enqueue(_fresh);
        }

        _fresh = slot + 1;
        if (!_slots.TryAdd(key, slot))
        {
            _free.Enqueue(slot);
            return false;
        }

        _keys[slot] = key;
        _isTaken[slot] = true;
        _small.Enqueue(slot);
        return true;
    }

    /// <summary>Takes a key's slot away; it is given again when its turn comes.</summary>
    public bool Remove(BlockKey key)
    {
        if (!_slots.Remove(key, out int slot))
        {
            return false;
        }

        _isTaken[slot] = false;
        return true;
    }

    private int Evict()
    {
        while (true)
        {
            bool isSmallTurn = _small.Count >= _smallCount || _main.Count == 0;
            int slot = isSmallTurn ? _small.Dequeue() : _main.Dequeue();
            if (!_isTaken[slot])
            {
                return slot;
            }

            if (isSmallTurn && _uses[slot] > 1)
            {
                _uses[slot] = 0;
                _main.Enqueue(slot);
            }
            else if (!isSmallTurn && _uses[slot] > 0)
            {
                _uses[slot]--;
                _main.Enqueue(slot);
            }
            else
            {
                _slots.Remove(_keys[slot]);
                if (isSmallTurn)
                {
                    RememberLeft(_keys[slot]);
                }

                return slot;
            }
        }
    }

    private void RememberLeft(BlockKey key)
    {
        if (_left.Add(key))
        {
            _leftQueue.Enqueue(key);
        }

        while (_leftQueue.Count > SlotCount)
        {
            _left.Remove(_leftQueue.Dequeue());
        }
    }
}
