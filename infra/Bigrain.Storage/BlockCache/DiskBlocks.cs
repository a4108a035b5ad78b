using System.Buffers;
using System.IO.Hashing;
using System.Threading.Channels;
using Bigrain.Storage.LocalFolder;
using Bigrain.Storage.Metrics;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace Bigrain.Storage.BlockCache;

/// <summary>Blocks on disk: one file of slots, one file of headers. Kept over restarts.</summary>
/// <remarks>Thread safe. Nothing is flushed: what a crash or a bad disk changed does not match its checksum and counts as absent. Blocks are
/// written behind by one task; when it cannot keep up, blocks are left out.</remarks>
internal sealed partial class DiskBlocks : IAsyncDisposable
{
    private const int WaitingBlocks = 256;
    private const int HeadersPerRead = 4_096;

    private readonly Lock _lock = new();
    private readonly Channel<(BlockKey Key, byte[] Bytes, int Length)> _waiting =
        Channel.CreateBounded<(BlockKey, byte[], int)>(new BoundedChannelOptions(WaitingBlocks) { SingleReader = true });
    private readonly string _folder;
    private readonly int _blockBytes;
    private readonly SlotPolicy _policy;
    private readonly (UInt128 Hash, int Length)[] _contents; // length 0: nothing readable in the slot
    private readonly SafeFileHandle _blocks;
    private readonly SafeFileHandle _headers;
    private readonly StorageInstruments _instruments;
    private readonly ILogger _logger;
    private readonly Task _writing;

    public DiskBlocks(string folder, long budgetBytes, int blockBytes, StorageInstruments instruments, ILogger logger)
    {
        _folder = Path.GetFullPath(folder);
        _blockBytes = blockBytes;
        _instruments = instruments;
        _logger = logger;
        int slotCount = SlotCountOf(budgetBytes, blockBytes);
        _policy = new SlotPolicy(slotCount);
        _contents = new (UInt128, int)[slotCount];
        Directory.CreateDirectory(_folder);
        // Another block size makes other files: slots of one size are no slots of another. The exclusive share keeps a second process out.
        _blocks = Open($"blocks-{blockBytes}", (long)slotCount * blockBytes);
        _headers = Open($"headers-{blockBytes}", (long)slotCount * DiskBlockHeader.SizeBytes);
        ReadHeaders();
        LogOpened(_logger, _folder, _policy.Count, slotCount);
        _writing = Task.Run(WriteAllAsync);
    }

    public static int SlotCountOf(long budgetBytes, int blockBytes) => (int)Math.Min(int.MaxValue / 2, Math.Max(1, budgetBytes / blockBytes));

    /// <summary>Reads a whole block into a buffer of the block size.</summary>
    /// <returns>Its length; -1 when it is not here or no longer what was written.</returns>
    public async ValueTask<int> TryReadAsync(BlockKey key, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        int slot;
        (UInt128 Hash, int Length) content;
        lock (_lock)
        {
            if (!_policy.TryUse(key, out slot) || (content = _contents[slot]).Length == 0)
            {
                return -1;
            }
        }

        if (await TryReadSlotAsync(slot, buffer[..content.Length], cancellationToken).ConfigureAwait(false)
            && XxHash128.HashToUInt128(buffer.Span[..content.Length]) == content.Hash)
        {
            return content.Length;
        }

        lock (_lock)
        {
            // When the slot was given to another key meanwhile nothing is wrong with the disk.
            if (!_policy.Owns(key, slot) || _contents[slot] != content)
            {
                return -1;
            }

            _policy.Remove(key);
            _contents[slot] = default;
        }

        LogRotten(_logger);
        _instruments.AddRottenBlock();
        return -1;
    }

    /// <summary>Takes a copy of a block to be written later, if there is room to wait.</summary>
    public void Add(BlockKey key, ReadOnlySpan<byte> block)
    {
        lock (_lock)
        {
            if (_policy.Contains(key))
            {
                return;
            }
        }

        byte[] copy = ArrayPool<byte>.Shared.Rent(block.Length);
        block.CopyTo(copy);
        if (!_waiting.Writer.TryWrite((key, copy, block.Length)))
        {
            ArrayPool<byte>.Shared.Return(copy);
        }
    }

    public void Remove(BlockKey key)
    {
        lock (_lock)
        {
            if (_policy.TryUse(key, out int slot))
            {
                _policy.Remove(key);
                _contents[slot] = default;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        await _writing.ConfigureAwait(false);
        _blocks.Dispose();
        _headers.Dispose();
    }

    private SafeFileHandle Open(string name, long longestBytes)
    {
        SafeFileHandle file = File.OpenHandle(
            Path.Combine(_folder, name), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, FileOptions.RandomAccess);
        if (RandomAccess.GetLength(file) > longestBytes)
        {
            RandomAccess.SetLength(file, longestBytes); // the budget was lowered
        }

        return file;
    }

    // Slots keep their place: a header that is damaged or out of the budget leaves its slot free.
    private void ReadHeaders()
    {
        byte[] page = new byte[HeadersPerRead * DiskBlockHeader.SizeBytes];
        int read;
        for (long offset = 0; (read = RandomAccess.Read(_headers, page, offset)) >= DiskBlockHeader.SizeBytes; offset += read)
        {
            read -= read % DiskBlockHeader.SizeBytes;
            for (int at = 0; at < read; at += DiskBlockHeader.SizeBytes)
            {
                int slot = (int)((offset + at) / DiskBlockHeader.SizeBytes);
                if (slot < _contents.Length
                    && DiskBlockHeader.TryRead(page.AsSpan(at), out DiskBlockHeader header)
                    && header.LengthBytes <= _blockBytes
                    && _policy.TryRestore(header.Key, slot))
                {
                    _contents[slot] = (header.ContentHash, header.LengthBytes);
                }
            }
        }
    }

    private async ValueTask<bool> TryReadSlotAsync(int slot, Memory<byte> destination, CancellationToken cancellationToken)
    {
        try
        {
            long offset = (long)slot * _blockBytes;
            for (int done = 0; done < destination.Length;)
            {
                int read = await RandomAccess.ReadAsync(_blocks, destination[done..], offset + done, cancellationToken).ConfigureAwait(false);
                if (read == 0)
                {
                    return false;
                }

                done += read;
            }

            return true;
        }
        catch (IOException)
        {
            return false; // a bad sector is a missing block
        }
    }

    private async Task WriteAllAsync()
    {
        bool isWritable = true;
        byte[] header = new byte[DiskBlockHeader.SizeBytes];
        await foreach ((BlockKey key, byte[] bytes, int length) in _waiting.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            try
            {
                if (isWritable)
                {
                    await WriteAsync(key, bytes.AsMemory(0, length), header).ConfigureAwait(false);
                }
            }
            catch (Exception error) when (FolderErrors.IsStoreError(error))
            {
                isWritable = false;
                LogNotWritable(_logger, _folder, error);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(bytes);
            }
        }
    }

    private async ValueTask WriteAsync(BlockKey key, ReadOnlyMemory<byte> block, byte[] header)
    {
        int slot;
        lock (_lock)
        {
            if (_policy.Contains(key))
            {
                return;
            }

            slot = _policy.Add(key);
            _contents[slot] = default;
        }

        var written = new DiskBlockHeader(key, block.Length, XxHash128.HashToUInt128(block.Span));
        await RandomAccess.WriteAsync(_blocks, block, (long)slot * _blockBytes).ConfigureAwait(false);
        written.Write(header);
        await RandomAccess.WriteAsync(_headers, header, (long)slot * DiskBlockHeader.SizeBytes).ConfigureAwait(false);
        lock (_lock)
        {
            if (_policy.Owns(key, slot))
            {
                _contents[slot] = (written.ContentHash, block.Length);
            }
        }
    }
}
