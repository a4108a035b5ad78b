using System.ComponentModel.DataAnnotations;

namespace Bigrain.Storage.AzureBlobs;

/// <summary>Settings of the Azure blob store; section <c>Storage:Azure</c>.</summary>
public sealed class AzureBlobOptions
{
    /// <summary>Connection string of the storage account. A secret: never logged.</summary>
    [Required(AllowEmptyStrings = false)]
    public string ConnectionString { get; set; } = string.Empty;

    /// <summary>Container, made when absent. Default <c>bigrain</c>; 3 to 63 of <c>[a-z0-9-]</c>.</summary>
    [RegularExpression("[a-z0-9](-?[a-z0-9]){2,62}")]
    public string Container { get; set; } = "bigrain";

    /// <summary>Content up to this many bytes is one request; larger content goes in blocks of it. Default 8 MiB, range 64 KiB to
    /// 64 MiB. Raising it means fewer requests and more memory: times <see cref="UploadBlockCount"/> per large upload.</summary>
    [Range(64 << 10, 64 << 20)]
    public int BlockBytes { get; set; } = 8 << 20;

    /// <summary>Blocks of one upload sent at the same time. Default 4, range 1 to 32. Raising it takes bandwidth and memory.</summary>
    [Range(1, 32)]
    public int UploadBlockCount { get; set; } = 4;

    /// <summary>Repetitions of a read, a listing or a block within one call; conditional writes are never repeated here. Default 3,
    /// range 0 to 10. Raising it makes a call against a failing account take longer.</summary>
    [Range(0, 10)]
    public int ReadRetryCount { get; set; } = 3;

    /// <summary>Longest time without an answer for one attempt. Default 30 s, range 100 ms to 10 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan AttemptTimeout { get; set; } = TimeSpan.FromSeconds(30);
}
