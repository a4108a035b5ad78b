namespace Bigrain.Grains.Recall;

/// <summary>How much of the true neighbours a collection's search finds.</summary>
/// <param name="Generation">The generation that was measured.</param>
/// <param name="QueryCount">Queries.</param>
/// <param name="K">Hits compared.</param>
/// <param name="Recall">Share of true neighbours found, over all queries; 1 is all.</param>
/// <param name="LowestRecall">The same of the worst query.</param>
/// <param name="DocumentCount">Documents that each query was compared with.</param>
/// <param name="ExactTime">Time of the exact search of all queries.</param>
/// <param name="SearchTime">Time of the searches that were measured.</param>
public sealed record RecallReport(
    int Generation,
    int QueryCount,
    int K,
    double Recall,
    double LowestRecall,
    long DocumentCount,
    TimeSpan ExactTime,
    TimeSpan SearchTime);
