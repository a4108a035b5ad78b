namespace Bigrain.Api.Queries;

/// <summary>How much of the true neighbours a collection's search finds.</summary>
public sealed class RecallReply
{
    /// <summary>Share of true neighbours found, over all queries; 1 is all.</summary>
    public double Recall { get; set; }

    /// <summary>The same of the worst query.</summary>
    public double LowestRecall { get; set; }

    /// <summary>Queries.</summary>
    public int Queries { get; set; }

    /// <summary>Hits compared.</summary>
    public int K { get; set; }

    /// <summary>Documents that each query was compared with.</summary>
    public long Documents { get; set; }

    /// <summary>Generation that was measured.</summary>
    public int Generation { get; set; }

    /// <summary>Time of the exact search.</summary>
    public double ExactMilliseconds { get; set; }

    /// <summary>Time of the searches that were measured.</summary>
    public double SearchMilliseconds { get; set; }
}
