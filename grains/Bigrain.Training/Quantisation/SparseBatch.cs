namespace Bigrain.Training.Quantisation;

/// <summary>The queries of one step and the documents they are compared with; no document stands there twice.</summary>
/// <param name="Queries">Rows of the queries.</param>
/// <param name="Documents">Rows of the documents: the columns.</param>
/// <param name="Targets">Column of each query's own document; negative if it has none.</param>
/// <param name="Masked">Which columns are relevant to a query without being its own; shape <c>[B, C]</c>.</param>
internal sealed record SparseBatch(int[] Queries, int[] Documents, int[] Targets, bool[] Masked);
