namespace Bigrain.Index.Coarse;

/// <summary>What a coarse search did; counts add up over segments.</summary>
public struct SearchCost
{
    /// <summary>Leaves in the searched segments.</summary>
    public long LeavesTotal { get; set; }

    /// <summary>Leaves whose codes were scanned.</summary>
    public long LeavesProbed { get; set; }

    /// <summary>Codes scanned; those of dead slots and of block padding are not counted.</summary>
    public long CodesScanned { get; set; }

    /// <summary>Rows of tails and of flat segments scored exactly.</summary>
    public long ExactScanned { get; set; }

    /// <summary>Blocks of 32 codes in which the threshold left nothing.</summary>
    public long BlocksSkipped { get; set; }

    /// <summary>Candidates that entered the shortlist, before the cut.</summary>
    public long CandidatesAdded { get; set; }

    /// <summary>Adds another cost.</summary>
    /// <param name="other">Counts to add.</param>
    public void Add(in SearchCost other)
    {
        LeavesTotal += other.LeavesTotal;
        LeavesProbed += other.LeavesProbed;
        CodesScanned += other.CodesScanned;
        ExactScanned += other.ExactScanned;
        BlocksSkipped += other.BlocksSkipped;
        CandidatesAdded += other.CandidatesAdded;
    }
}
