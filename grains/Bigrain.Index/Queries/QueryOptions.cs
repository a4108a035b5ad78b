using System.ComponentModel.DataAnnotations;

namespace Bigrain.Index.Queries;

/// <summary>Settings of scatter and gather; section <c>Query</c>.</summary>
public sealed class QueryOptions
{
    /// <summary>Hedges allowed, in percent of the calls to silos. Default 5. Raising it shortens the slowest answers and adds load.</summary>
    [Range(0.0, 100.0)]
    public double HedgePercent { get; set; } = 5;

    /// <summary>Hedges that may follow one another before the share counts. Default 64. Raising it bridges a longer silence of a
    /// silo and allows a larger burst of extra calls.</summary>
    [Range(0, 10_000)]
    public int HedgeBurst { get; set; } = 64;

    /// <summary>A call is never hedged sooner than this. Default 20 ms. Raising it saves calls and lengthens the slowest answers.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:00:10")]
    public TimeSpan MinHedgeDelay { get; set; } = TimeSpan.FromMilliseconds(20);

    /// <summary>Calls in a row without an answer that make a silo suspect. Default 3. Raising it spends more hedges on a silo that is gone.</summary>
    [Range(1, 1_000)]
    public int SuspectAfter { get; set; } = 3;

    /// <summary>How long a suspect is asked last before one query tries it again. Default 1.5 s. Raising it saves hedges and
    /// leaves a silo that is back idle for longer.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00")]
    public TimeSpan SuspectPeriod { get; set; } = TimeSpan.FromMilliseconds(1_500);
}
