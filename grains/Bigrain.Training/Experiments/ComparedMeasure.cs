namespace Bigrain.Training.Experiments;

/// <summary>The measure that two rows are compared by.</summary>
public enum ComparedMeasure
{
    /// <summary>MRR@10.</summary>
    ReciprocalRank,

    /// <summary>R@10.</summary>
    Recall10,

    /// <summary>R@100.</summary>
    Recall100,

    /// <summary>R@N, N the number of candidates.</summary>
    RecallCandidates,

    /// <summary>MRR@10 over all documents instead of the candidates.</summary>
    FullReciprocalRank,

    /// <summary>R@10 over all documents instead of the candidates.</summary>
    FullRecall10,
}
