using System.Buffers;
using Bigrain.Index.Blobs;
using Bigrain.Index.Memory;
using Bigrain.Storage.LocalFolder;
using Bigrain.Storage.Metrics;
using Microsoft.Extensions.Logging;

namespace Bigrain.Storage.BlockCache;

/// <summary>Keeps blocks of segment files in memory and on local disk; everything else goes straight to the store.</summary>
/// <remarks>
/// <para>Thread safe. Cached are ranged reads of blobs that are never replaced, and nothing else: no whole reads, no listings, never HEAD, EPOCH,
/// MANIFEST or the log. A deleted segment may still be read from the cache.</para>
/// <para>Memory and the tables of the disk part are leased from the silo's budget when the store is made.</para>
/// </remarks>
public sealed class CachingBlobStore : IBlobStore, IBlobCache, IAsyncDisposable, IDisposable
{
    private const int DiskSlotBytes = 128;

    private readonly IBlobStore _inner;
    private readonly BlockCacheOptions _options;
    private readonly StorageInstruments _instruments;
    private readonly MemoryLease _lease;
    private readonly MemoryBlocks _memory;
    private readonly DiskBlocks? _disk;
    private readonly BlockFetcher _fetcher;

    /// <summary>Makes the cache and opens its folder.</summary>
    /// <param name="inner">The store.</param>
    /// <param name="options">Settings, validated.</param>
    /// <param name="budget">Where the memory is taken from.</param>
    /// <param name="instruments">The metrics.</param>
    /// <param name="logger">Receives state changes.</param>
    /// <exception cref="Index.Errors.BigrainException">The memory does not fit into the budget.</exception>
    /// <exception cref="BlobStoreException">The folder cannot be used, or another process uses it.</exception>
    public CachingBlobStore(
        IBlobStore inner, BlockCacheOptions options, MemoryBudget budget, StorageInstruments instruments, ILogger<CachingBlobStore> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(budget);
        _inner = inner;
        _options = options;
        _instruments = instruments;
        bool hasDisk = options.Path.Length > 0;
        long tables = hasDisk ? (long)DiskBlocks.SlotCountOf(options.DiskBytes, options.BlockBytes) * DiskSlotBytes : 0;
        _lease = budget.Take(options.MemoryBytes + tables, "block cache");
        try
        {
            _memory = new MemoryBlocks(options.MemoryBytes, options.BlockBytes);
            _disk = hasDisk ? new DiskBlocks(options.Path, options.DiskBytes, options.BlockBytes, instruments, logger) : null;
        }
        catch (Exception error)
        {
            _lease.Dispose();
            if (FolderErrors.IsStoreError(error))
            {
                throw FolderErrors.Translate("open", options.Path, error);
            }

            throw;
        }

        _fetcher = new BlockFetcher(inner, options.BlockBytes, options.RequestCount, options.BlocksPerRequest, Keep);
    }

    /// <inheritdoc/>
    public ValueTask<BlobContent?> ReadAsync(string name, CancellationToken cancellationToken) => _inner.ReadAsync(name, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<int?> ReadRangeAsync(string name, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        BlobNames.ThrowIfInvalid(name);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        if (destination.IsEmpty || destination.Length > _options.LongestReadBytes || !CachedNames.IsImmutable(name))
        {
            return _inner.ReadRangeAsync(name, offset, destination, cancellationToken);
        }

        cancellationToken.ThrowIfCancellationRequested();
        var read = new BlockRead(name, offset, destination, _options.BlockBytes);
        int found = ReadFromMemory(read);
        _instruments.AddBlockReads("memory", found);
        return found == read.Count ? new ValueTask<int?>(read.Total()) : ReadMissingAsync(read, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<BlobProperties?> GetPropertiesAsync(string name, CancellationToken cancellationToken) =>
        _inner.GetPropertiesAsync(name, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<BlobTag?> CreateAsync(string name, Stream content, CancellationToken cancellationToken) =>
        _inner.CreateAsync(name, content, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<BlobTag?> CopyAsync(string from, string to, CancellationToken cancellationToken) =>
        _inner.CopyAsync(from, to, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<BlobTag?> ReplaceAsync(
        string name, BlobTag expected, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        _inner.ReplaceAsync(name, expected, content, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> DeleteAsync(string name, BlobTag? expected, CancellationToken cancellationToken) =>
        _inner.DeleteAsync(name, expected, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<BlobEntry> ListAsync(string prefix, string? after, CancellationToken cancellationToken) =>
        _inner.ListAsync(prefix, after, cancellationToken);

    /// <inheritdoc/>
    public void Forget(string blobName, long offset, long lengthBytes)
    {
        ArgumentException.ThrowIfNullOrEmpty(blobName);
        UInt128 blob = BlockKey.BlobOf(blobName);
        for (long block = offset / _options.BlockBytes; block * _options.BlockBytes < offset + lengthBytes; block++)
        {
            _memory.Remove(new BlockKey(blob, block));
            _disk?.Remove(new BlockKey(blob, block));
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_disk is not null)
        {
            await _disk.DisposeAsync().ConfigureAwait(false);
        }

        _fetcher.Dispose();
        _lease.Dispose();
    }

    /// <inheritdoc/>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    private void Keep(BlockKey key, ReadOnlyMemory<byte> block)
    {
        _memory.Add(key, block.Span);
        _disk?.Add(key, block.Span);
    }

    private int ReadFromMemory(BlockRead read)
    {
        int found = 0;
        for (int i = 0; i < read.Count; i++)
        {
            int length = _memory.TryRead(read.KeyOf(i), read.OffsetOf(i), read.DestinationOf(i).Span);
            if (length >= 0)
            {
                read.Lengths[i] = length;
                found++;
            }
        }

        return found;
    }

    private async ValueTask<int?> ReadMissingAsync(BlockRead read, CancellationToken cancellationToken)
    {
        if (_disk is not null)
        {
            _instruments.AddBlockReads("disk", await ReadFromDiskAsync(read, cancellationToken).ConfigureAwait(false));
        }

        int[] missing = [.. Enumerable.Range(0, read.Count).Where(i => read.Lengths[i] < 0)];
        Task<FetchedBlock>[] fetches = _fetcher.Start(read.Name, read.Blob, [.. missing.Select(read.BlockOf)]);
        _instruments.AddBlockReads("store", missing.Length);
        for (int i = 0; i < missing.Length; i++)
        {
            FetchedBlock block = await fetches[i].WaitAsync(cancellationToken).ConfigureAwait(false);
            if (!block.Exists)
            {
                return null;
            }

            read.Take(missing[i], block.Bytes.Span);
        }

        return read.Total();
    }

    private async ValueTask<int> ReadFromDiskAsync(BlockRead read, CancellationToken cancellationToken)
    {
        int found = 0;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(_options.BlockBytes);
        try
        {
            for (int i = 0; i < read.Count; i++)
            {
                if (read.Lengths[i] >= 0)
                {
                    continue;
                }

                int length = await _disk!.TryReadAsync(read.KeyOf(i), buffer, cancellationToken).ConfigureAwait(false);
                if (length >= 0)
                {
                    _memory.Add(read.KeyOf(i), buffer.AsSpan(0, length));
                    read.Take(i, buffer.AsSpan(0, length));
                    found++;
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return found;
    }
}
