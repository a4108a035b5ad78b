namespace Bigrain.Kernels.Scan;

/// <summary>The terms of one leaf and one query that turn a sum of table entries into an estimate:
/// <c>estimate = F_add + Base + rescale * (sum * SumFactor + SumOffset)</c>, <c>error = spread * ErrorFactor + ErrorBase</c>.</summary>
/// <param name="Base">Rank distance of query and centroid.</param>
/// <param name="SumFactor">Factor of the sum; holds the step of the table and the scale of the leaf's rescale factors.</param>
/// <param name="SumOffset">Offset of the table, likewise scaled.</param>
/// <param name="ErrorFactor">Factor of the error terms; holds the distance of query and centroid.</param>
/// <param name="ErrorBase">Error of every vector of the leaf: table and factor rounding.</param>
public readonly record struct EstimateTerms(float Base, float SumFactor, float SumOffset, float ErrorFactor, float ErrorBase);
