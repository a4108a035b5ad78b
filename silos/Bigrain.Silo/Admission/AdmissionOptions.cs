using System.ComponentModel.DataAnnotations;

namespace Bigrain.Silo.Admission;

/// <summary>Settings of what a silo lets in over HTTP; section <c>Admission</c>.</summary>
public sealed class AdmissionOptions
{
    /// <summary>Queries that run at once. Default 0: 16 for each processor, as many of them wait for the blob store. Raising it
    /// raises memory and, where processors are the limit, the time of every query.</summary>
    [Range(0, 100_000)]
    public int ConcurrentQueries { get; set; }

    /// <summary>Queries that may wait for their turn. Default 0: twice <see cref="ConcurrentQueries"/>. Raising it trades waiting
    /// for fewer refusals under a burst.</summary>
    [Range(0, 1_000_000)]
    public int QueueLimit { get; set; }

    /// <summary>Longest wait for a turn. Default 1 s; half of the caller's deadline where that is known and shorter. Raising it
    /// above what callers wait for serves nobody.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan QueueWait { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Share of the memory budget, in percent, that bodies in the works may take, decoded form included. Default 12.
    /// Raising it lets more writes in at once and leaves less room for the process itself.</summary>
    [Range(1, 50)]
    public int BodyPercent { get; set; } = 12;

    /// <summary>What a refused caller is told to wait. Default 1 s, the least that HTTP can say. Raising it spreads a burst wider.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan RetryAfter { get; set; } = TimeSpan.FromSeconds(1);
}
