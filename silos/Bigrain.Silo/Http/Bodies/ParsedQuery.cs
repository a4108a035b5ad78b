using Bigrain.Index.Queries;

namespace Bigrain.Silo.Http.Bodies;

/// <summary>A query with what only the HTTP face needs to know.</summary>
/// <param name="Spec">The query.</param>
/// <param name="MinCoverage">Share of the partitions below which the answer is an error.</param>
/// <param name="Explain">Whether the reply carries the time of each stage.</param>
internal readonly record struct ParsedQuery(QuerySpec Spec, double MinCoverage, bool Explain);
