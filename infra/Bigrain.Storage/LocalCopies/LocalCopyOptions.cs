using System.ComponentModel.DataAnnotations;

namespace Bigrain.Storage.LocalCopies;

/// <summary>Settings of the local copies of remote blobs; section <c>Storage:LocalCopies</c>.</summary>
public sealed class LocalCopyOptions
{
    /// <summary>Folder of the copies; one process has it for itself. Default <c>data/copies</c>.</summary>
    [Required(AllowEmptyStrings = false)]
    public string Path { get; set; } = "data/copies";

    /// <summary>Most bytes of copies on disk. Default 32 GiB, range 1 MiB to 64 TiB. Files in use count and are never removed; raising
    /// it takes disk and saves downloads after a partition was unloaded or the silo restarted.</summary>
    [Range(1L << 20, 1L << 46)]
    public long BudgetBytes { get; set; } = 32L << 30;

    /// <summary>Bytes of one ranged read of a download. Default 8 MiB, range 64 KiB to 64 MiB. Two are in memory per download.</summary>
    [Range(64 << 10, 64 << 20)]
    public int PartBytes { get; set; } = 8 << 20;
}
