using System.ComponentModel.DataAnnotations;

namespace Bigrain.Silo.Http;

/// <summary>Settings of how long a silo stands up for a write; section <c>Write</c>.</summary>
public sealed class WriteDeadlineOptions
{
    /// <summary>Time until a write that is not confirmed fails as retryable; less where its sender waits for less. Default 25 s,
    /// longer than it takes to find and replace a dead silo. Raising it rides out longer outages and keeps requests in memory for longer.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan Deadline { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>Time for one try. Default 6 s: a writer on a frozen silo must not use up the deadline. Lowering it below what the
    /// blob store takes makes tries that were about to succeed wait for their successor.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan TryTime { get; set; } = TimeSpan.FromSeconds(6);
}
