namespace Bigrain.Training.Experiments;

/// <summary>Which part of a query's way a row of the matrix measures.</summary>
public enum RowSide
{
    /// <summary>Exact search over all documents.</summary>
    Exact,

    /// <summary>Search over codes.</summary>
    Sparse,

    /// <summary>Exact scores of candidates that the codes returned.</summary>
    Dense,
}
