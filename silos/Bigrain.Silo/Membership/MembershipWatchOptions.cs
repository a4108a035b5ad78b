using System.ComponentModel.DataAnnotations;

namespace Bigrain.Silo.Membership;

/// <summary>Settings of the membership watchdog; section <c>MembershipWatch</c>.</summary>
internal sealed class MembershipWatchOptions
{
    /// <summary>Time between two looks at the membership table. Default 5 seconds. Raising it saves one small Redis read each and lets a
    /// silo that lost its cluster take writes for longer.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Time from the loss to the end of the process. Default 30 seconds. Raising it serves queries from the old cluster for longer.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan ExitAfter { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Random share added to <see cref="ExitAfter"/>, so that the silos of a lost cluster do not all end at once. Default 0.5.</summary>
    [Range(0.0, 10.0)]
    public double ExitJitter { get; set; } = 0.5;
}
