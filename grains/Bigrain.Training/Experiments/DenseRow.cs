using Bigrain.Training.Dense;

namespace Bigrain.Training.Experiments;

/// <summary>A row of the dense side.</summary>
/// <param name="Name">Name of the row.</param>
/// <param name="Title">What it is, in words.</param>
/// <param name="Graph">Sparse row whose candidates the batches are made of.</param>
/// <param name="Candidates">Sparse row whose candidates are ordered, in validation and in the test.</param>
/// <param name="Change">What the row changes in the settings.</param>
internal sealed record DenseRow(
    string Name, string Title, string Graph, string Candidates, Func<DenseOptions, DenseOptions> Change);
