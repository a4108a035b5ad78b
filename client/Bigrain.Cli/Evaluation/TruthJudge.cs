using System.Globalization;
using Bigrain.Api.Queries;

namespace Bigrain.Cli.Evaluation;

/// <summary>Judges by exact neighbours: each of the true k closest gains 1.</summary>
/// <param name="truth">The true neighbours.</param>
/// <param name="k">Hits of each query.</param>
/// <param name="isSquared">Whether the truth holds squares of the scores (l2).</param>
internal sealed class TruthJudge(TruthView truth, int k, bool isSquared) : IEvalJudge
{
    /// <inheritdoc/>
    public EvalMeasures? Judge(int query, QueryReply reply)
    {
        int hits = Math.Min(reply.Hits.Count, k);
        int[] ids = new int[hits];
        double[] scores = new double[hits];
        bool[] isHit = new bool[hits];
        for (int h = 0; h < hits; h++)
        {
            ids[h] = int.TryParse(reply.Hits[h].Id, NumberStyles.None, CultureInfo.InvariantCulture, out int id) ? id : -1;
            scores[h] = isSquared ? reply.Hits[h].Score * reply.Hits[h].Score : reply.Hits[h].Score;
        }

        truth.Judge(query, ids, scores, isHit);
        double gain = 0;
        double ideal = 0;
        for (int rank = 0; rank < k; rank++)
        {
            double weight = 1 / Math.Log2(rank + 2);
            ideal += weight;
            gain += rank < hits && isHit[rank] ? weight : 0;
        }

        return new EvalMeasures((double)isHit.Count(static hit => hit) / k, gain / ideal, null);
    }
}
