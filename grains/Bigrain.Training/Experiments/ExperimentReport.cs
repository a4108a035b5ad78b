namespace Bigrain.Training.Experiments;

/// <summary>The whole matrix of one set.</summary>
/// <param name="Set">Name of the set.</param>
/// <param name="Documents">Number of documents.</param>
/// <param name="Dimension">Dimension of the vectors.</param>
/// <param name="TrainingQueries">Queries trained on.</param>
/// <param name="ValidationQueries">Queries that chose steps and settings.</param>
/// <param name="TestQueries">Queries measured.</param>
/// <param name="CodeBytes">Bytes of a document's code.</param>
/// <param name="Candidates">Candidates a query hands to the dense side: N.</param>
/// <param name="Seeds">Seeds of the runs.</param>
/// <param name="Rows">The rows.</param>
/// <param name="Comparisons">What was held against what.</param>
public sealed record ExperimentReport(
    string Set,
    int Documents,
    int Dimension,
    int TrainingQueries,
    int ValidationQueries,
    int TestQueries,
    double CodeBytes,
    int Candidates,
    IReadOnlyList<ulong> Seeds,
    IReadOnlyList<ExperimentRow> Rows,
    IReadOnlyList<ExperimentComparison> Comparisons);
