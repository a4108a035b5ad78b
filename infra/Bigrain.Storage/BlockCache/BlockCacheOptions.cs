using System.ComponentModel.DataAnnotations;

namespace Bigrain.Storage.BlockCache;

/// <summary>Settings of the block cache over a remote store; section <c>Storage:BlockCache</c>.</summary>
public sealed class BlockCacheOptions
{
    /// <summary>Bytes of a block, the unit of caching and of requests. Default 64 KiB, range 4 KiB to 1 MiB. Raising it means fewer
    /// requests for neighbouring records, and more bytes read per cold record.</summary>
    [Range(4 << 10, 1 << 20)]
    public int BlockBytes { get; set; } = 64 << 10;

    /// <summary>Bytes of blocks in memory, leased from the silo's budget at start. Default 64 MiB, range 1 MiB to 1 TiB.</summary>
    [Range(1L << 20, 1L << 40)]
    public long MemoryBytes { get; set; } = 64L << 20;

    /// <summary>Folder of the blocks on disk; empty keeps none there. One process has it for itself. Default empty.</summary>
    public string Path { get; set; } = string.Empty;

    /// <summary>Bytes of blocks on disk. Default 16 GiB, range 1 MiB to 16 TiB. Costs 128 bytes of memory per block, leased as well.</summary>
    [Range(1L << 20, 1L << 44)]
    public long DiskBytes { get; set; } = 16L << 30;

    /// <summary>Requests to the store on their way at a time. Default 32, range 1 to 256. Raising it helps throughput until the
    /// account throttles.</summary>
    [Range(1, 256)]
    public int RequestCount { get; set; } = 32;

    /// <summary>Adjacent missing blocks fetched by one request. Default 16, range 1 to 256.</summary>
    [Range(1, 256)]
    public int BlocksPerRequest { get; set; } = 16;

    /// <summary>Reads longer than this pass by the cache: they belong to scans, which would only push out what queries need.
    /// Default 1 MiB, range 4 KiB to 64 MiB.</summary>
    [Range(4 << 10, 64 << 20)]
    public int LongestReadBytes { get; set; } = 1 << 20;
}
