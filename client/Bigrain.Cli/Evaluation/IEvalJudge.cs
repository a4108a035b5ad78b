using Bigrain.Api.Queries;

namespace Bigrain.Cli.Evaluation;

/// <summary>Knows what the right answers are. Any number of threads.</summary>
internal interface IEvalJudge
{
    /// <summary>Judges an answer.</summary>
    /// <param name="query">Query, from 0.</param>
    /// <param name="reply">What was answered.</param>
    /// <returns>Its measures; null for a query that nothing is known of, which does not count.</returns>
    EvalMeasures? Judge(int query, QueryReply reply);
}
