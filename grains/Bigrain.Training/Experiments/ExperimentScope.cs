namespace Bigrain.Training.Experiments;

/// <summary>How much of the matrix is run.</summary>
public enum ExperimentScope
{
    /// <summary>Rows A0, A1, S1, S4, D0 and D5.</summary>
    Core,

    /// <summary>All rows.</summary>
    Whole,
}
