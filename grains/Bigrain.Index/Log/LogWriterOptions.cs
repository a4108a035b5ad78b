using System.ComponentModel.DataAnnotations;

namespace Bigrain.Index.Log;

/// <summary>Settings of a stream writer; section <c>LogWriter</c>.</summary>
public sealed class LogWriterOptions
{
    /// <summary>A group commit takes waiting batches until it is this large. Default 1 MiB; larger makes fewer and slower writes.</summary>
    [Range(1, 64 * 1024 * 1024)]
    public int GroupBytes { get; set; } = 1024 * 1024;

    /// <summary>Batches that wait or are being written, in bytes. Default 16 MiB a stream; beyond it writes are refused as overloaded.</summary>
    [Range(4 * 1024 * 1024, 1024 * 1024 * 1024)]
    public int QueueBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>How long a batch id is remembered. Default one hour; longer takes memory and makes opening read more of the log.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "1.00:00:00")]
    public TimeSpan DedupeWindow { get; set; } = TimeSpan.FromHours(1);

    /// <summary>What a refused writer is told to wait. Default 200 ms.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan RetryAfter { get; set; } = TimeSpan.FromMilliseconds(200);
}
