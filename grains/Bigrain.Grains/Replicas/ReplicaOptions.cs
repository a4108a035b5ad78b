using System.ComponentModel.DataAnnotations;

namespace Bigrain.Grains.Replicas;

/// <summary>Settings of what silos tell each other about replicas; section <c>Replicas</c>.</summary>
public sealed class ReplicaOptions
{
    /// <summary>How often a silo tells the others what it holds. Default 2 s. Raising it makes loads after a join start later; lowering it costs calls.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan ExchangePeriod { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a silo that leaves waits for its heirs. Default 60 s. Raising it makes shutdown longer where partitions are large.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan HandoverTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a partition that moved away is kept after every owner is ready. Default 5 s: routes of other silos may be that old.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan KeepMoved { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Grains that move to their right silo in one exchange period. Default 64. Raising it makes a join faster and rougher.</summary>
    [Range(1, 10_000)]
    public int MovesPerPeriod { get; set; } = 64;
}
