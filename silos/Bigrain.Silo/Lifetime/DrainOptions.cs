using System.ComponentModel.DataAnnotations;

namespace Bigrain.Silo.Lifetime;

/// <summary>Settings of a graceful stop; section <c>Drain</c>.</summary>
internal sealed class DrainOptions
{
    /// <summary>Longest wait for the other silos to load what this one holds. Default 60 seconds. Raising it lets a stop take longer;
    /// lowering it lets queries find partitions missing that took longer to load.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan HandOverTimeout { get; set; } = TimeSpan.FromSeconds(60);
}
