namespace Bigrain.Storage.BlockCache;

/// <summary>Blocks in memory, in shards with a lock each.</summary>
/// <remarks>Thread safe. Bytes are copied in and out under the shard's lock, so that a slot is never given away under a reader.</remarks>
internal sealed class MemoryBlocks
{
    private const int MostShards = 16;
    private readonly Shard[] _shards;

    public MemoryBlocks(long budgetBytes, int blockBytes)
    {
        int slotCount = (int)Math.Min(int.MaxValue, Math.Max(1, budgetBytes / blockBytes));
        int shardCount = Math.Min(MostShards, Math.Max(1, slotCount / MostShards));
        _shards = [.. Enumerable.Range(0, shardCount).Select(_ => new Shard(slotCount / shardCount, blockBytes))];
    }

    /// <summary>Copies bytes of a block.</summary>
    /// <param name="key">The block.</param>
    /// <param name="offset">First byte within the block.</param>
    /// <param name="destination">Filled up to the end of the block.</param>
    /// <returns>Bytes copied, less than asked only where the blob ends; -1 when the block is not here.</returns>
    public int TryRead(BlockKey key, int offset, Span<byte> destination) => ShardOf(key).TryRead(key, offset, destination);

    public void Add(BlockKey key, ReadOnlySpan<byte> block) => ShardOf(key).Add(key, block);

    public void Remove(BlockKey key) => ShardOf(key).Remove(key);

    private Shard ShardOf(BlockKey key) => _shards[(uint)HashCode.Combine(key.Blob, key.Block) % (uint)_shards.Length];

    private sealed class Shard(int slotCount, int blockBytes)
    {
        private readonly Lock _lock = new();
        private readonly SlotPolicy _policy = new(slotCount);
        private readonly byte[]?[] _blocks = new byte[slotCount][];
        private readonly int[] _lengths = new int[slotCount];

        public int TryRead(BlockKey key, int offset, Span<byte> destination)
        {
            lock (_lock)
            {
                if (!_policy.TryUse(key, out int slot))
                {
                    return -1;
                }

                int length = Math.Clamp(_lengths[slot] - offset, 0, destination.Length);
                _blocks[slot].AsSpan(Math.Min(offset, _lengths[slot]), length).CopyTo(destination);
                return length;
            }
        }

        public void Add(BlockKey key, ReadOnlySpan<byte> block)
        {
            lock (_lock)
            {
                int slot = _policy.Add(key);
                block.CopyTo(_blocks[slot] ??= GC.AllocateUninitializedArray<byte>(blockBytes));
                _lengths[slot] = block.Length;
            }
        }

        public void Remove(BlockKey key)
        {
            lock (_lock)
            {
                _policy.Remove(key);
            }
        }
    }
}
