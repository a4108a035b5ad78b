using System.Globalization;

namespace Bigrain.Silo.Membership;

/// <summary>Decides from what is seen of the membership table whether this silo still belongs to its cluster.</summary>
/// <remarks>Running silos never write their rows again into a table that was emptied, and whoever starts then forms a second cluster
/// beside them. Two signs tell: the own row is gone, or the version is lower than one seen before. A loss is final: only a new
/// process joins again. A table that cannot be read says nothing. Not thread safe.</remarks>
internal sealed class MembershipWatch(TimeProvider time, TimeSpan exitAfter)
{
    private int _highestVersion = -1;
    private bool _sawOwnRow;
    private long _lostAt;

    /// <summary>What was lost, for messages; null while membership is whole.</summary>
    public string? LostReason { get; private set; }

    /// <summary>Failed reads since the last good one.</summary>
    public int FailedReads { get; private set; }

    /// <summary>Whether the loss is old enough for the process to end.</summary>
    public bool IsExitDue => LostReason is not null && time.GetElapsedTime(_lostAt) >= exitAfter;

    /// <summary>Takes note of a table that was read.</summary>
    /// <param name="version">Its version.</param>
    /// <param name="hasOwnRow">Whether it has a row of this very process.</param>
    /// <returns>Whether this reading is the one that shows the loss.</returns>
    public bool SawTable(int version, bool hasOwnRow)
    {
        FailedReads = 0;
        if (LostReason is not null)
        {
            return false;
        }

        if (version < _highestVersion)
        {
            Lose(string.Create(CultureInfo.InvariantCulture, $"the membership table went back from version {_highestVersion} to {version}"));
        }
        else if (_sawOwnRow && !hasOwnRow)
        {
            Lose(string.Create(CultureInfo.InvariantCulture, $"the membership table of version {version} has no row of this silo any more"));
        }

        _highestVersion = Math.Max(_highestVersion, version);
        _sawOwnRow |= hasOwnRow;
        return LostReason is not null;
    }

    /// <summary>Takes note of a table that could not be read.</summary>
    /// <returns>Whether it is the first failure after a good reading.</returns>
    public bool SawFailure() => FailedReads++ == 0;

    private void Lose(string reason)
    {
        LostReason = reason;
        _lostAt = time.GetTimestamp();
    }
}
