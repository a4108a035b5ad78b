using Bigrain.Api.Queries;
using Bigrain.Cli.Files;
using Bigrain.Cli.Training;

namespace Bigrain.Cli.Evaluation;

/// <summary>Judges by judgements of people or of a trainer: which documents are relevant to which query, and how much.</summary>
/// <remarks>A grade above 0 is relevant and gains as much as it says.</remarks>
internal sealed class Qrels : IEvalJudge
{
    private const int RankDepth = 10;

    private readonly Dictionary<string, double>?[] _grades;
    private readonly int _k;

    private Qrels(Dictionary<string, double>?[] grades, int k)
    {
        _grades = grades;
        _k = k;
    }

    /// <summary>Queries that have a relevant document.</summary>
    public int JudgedCount => _grades.Count(static grades => grades is not null);

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="queryIds">Id of each query that is asked, in order.</param>
    /// <param name="k">Hits of each query.</param>
    /// <exception cref="Bigrain.Index.Errors.BigrainException">A line is no judgement, or no query has one.</exception>
    public static Qrels Read(string path, IReadOnlyList<string> queryIds, int k)
    {
        var byQuery = new Dictionary<string, Dictionary<string, double>>(StringComparer.Ordinal);
        foreach ((string query, string document, double grade) in QrelsFile.Read(path).Pairs)
        {
            if (!byQuery.TryGetValue(query, out Dictionary<string, double>? grades))
            {
                byQuery[query] = grades = new Dictionary<string, double>(StringComparer.Ordinal);
            }

            grades[document] = grade;
        }

        var qrels = new Qrels([.. queryIds.Select(id => byQuery.GetValueOrDefault(id))], k);
        return qrels.JudgedCount > 0
            ? qrels
            : throw FileFault.Unsupported(path, "judges none of the queries; name them with --query-ids, or write row numbers as query ids");
    }

    /// <inheritdoc/>
    public EvalMeasures? Judge(int query, QueryReply reply)
    {
        if (_grades[query] is not { } grades)
        {
            return null;
        }

        int found = 0;
        double gain = 0;
        double reciprocal = 0;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (int rank = 0; rank < Math.Min(_k, reply.Hits.Count); rank++)
        {
            if (grades.TryGetValue(reply.Hits[rank].Id, out double grade) && seen.Add(reply.Hits[rank].Id))
            {
                found++;
                gain += grade / Math.Log2(rank + 2);
                reciprocal = reciprocal == 0 && rank < RankDepth ? 1.0 / (rank + 1) : reciprocal;
            }
        }

        double ideal = grades.Values.OrderDescending().Take(_k).Select((grade, rank) => grade / Math.Log2(rank + 2)).Sum();
        return new EvalMeasures((double)found / grades.Count, gain / ideal, reciprocal);
    }
}
