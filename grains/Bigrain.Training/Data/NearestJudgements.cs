using Bigrain.Training.Evaluation;
using Bigrain.Training.Numerics;

namespace Bigrain.Training.Data;

/// <summary>Judgements without people: relevant are the exact nearest documents of the vectors as they are.</summary>
/// <remarks>What such a set measures is how well codes keep the order of the full vectors, never relevance: no training can do better on
/// it than the vectors that made the judgements.</remarks>
public static class NearestJudgements
{
    /// <summary>Finds the nearest documents of every query.</summary>
    /// <param name="queries">Queries; shape <c>[q, d]</c>.</param>
    /// <param name="documents">Documents; shape <c>[n, d]</c>.</param>
    /// <param name="count">How many are relevant to a query; ties go to the smaller row.</param>
    public static Judgements Of(Matrix queries, Matrix documents, int count) => new(ExactSearch.Search(queries, documents, count));
}
