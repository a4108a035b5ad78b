namespace Bigrain.Faults.Replicas;

/// <summary>What happened in runs: a run in which nothing happens tests nothing.</summary>
internal sealed class ReplicaCounts
{
    /// <summary>Batches acknowledged.</summary>
    public int Acknowledged { get; set; }

    /// <summary>Manifests swapped.</summary>
    public int Commits { get; set; }

    /// <summary>Manifests followed.</summary>
    public int Follows { get; set; }

    /// <summary>Answers of a partition without a flag, compared document by document.</summary>
    public int Answers { get; set; }

    /// <summary>Answers of a partition that said that they are not complete.</summary>
    public int Flagged { get; set; }

    /// <summary>Log entries deleted.</summary>
    public int Trimmed { get; set; }

    /// <summary>Names that were deleted and made again by a sleeper.</summary>
    public int Ghosts { get; set; }

    /// <summary>Operations that a fault or a competitor ended.</summary>
    public int Failures { get; set; }

    public void Add(ReplicaCounts other)
    {
        Acknowledged += other.Acknowledged;
        Commits += other.Commits;
        Follows += other.Follows;
        Answers += other.Answers;
        Flagged += other.Flagged;
        Trimmed += other.Trimmed;
        Ghosts += other.Ghosts;
        Failures += other.Failures;
    }

    public override string ToString() => FormattableString.Invariant(
        $"{Acknowledged} batches acknowledged, {Commits} manifests committed, {Follows} followed, {Answers} answers compared, {Flagged} flagged, {Trimmed} entries trimmed, {Ghosts} ghosts, {Failures} operations ended by faults");
}
