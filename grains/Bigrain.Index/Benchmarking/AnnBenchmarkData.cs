using Bigrain.Index.Schema;

namespace Bigrain.Index.Benchmarking;

/// <summary>What <see cref="AnnBenchmark"/> searches.</summary>
/// <param name="Rows">Base vectors; shape <c>[n, Dimension]</c>. Normalised in place under cosine.</param>
/// <param name="Queries">Query vectors; shape <c>[q, Dimension]</c>.</param>
/// <param name="Dimension">Dimension.</param>
/// <param name="Metric">How vectors compare.</param>
/// <param name="Truth">Exact neighbours; shape <c>[q, TruthK]</c>; empty to compute them first.</param>
/// <param name="TruthK">Neighbours of each query in <paramref name="Truth"/>.</param>
public sealed record AnnBenchmarkData(
    float[] Rows,
    float[] Queries,
    int Dimension,
    Metric Metric,
    ReadOnlyMemory<int> Truth = default,
    int TruthK = 0)
{
    /// <summary>Number of base vectors.</summary>
    public int RowCount => Rows.Length / Dimension;

    /// <summary>Number of queries.</summary>
    public int QueryCount => Queries.Length / Dimension;
}
