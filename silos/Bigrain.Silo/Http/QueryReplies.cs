using System.Text;
using Bigrain.Api.Queries;
using Bigrain.Api.Serialization;
using Bigrain.Grains.Collections;
using Bigrain.Index.Queries;
using Bigrain.Index.Schema;
using Bigrain.Silo.Http.Bodies;
using ApiHit = Bigrain.Api.Queries.QueryHit;
using ApiStage = Bigrain.Api.Queries.QueryStage;
using QueryAnswer = Bigrain.Index.Queries.QueryAnswer;

namespace Bigrain.Silo.Http;

/// <summary>Shows answers as the API has them.</summary>
internal static class QueryReplies
{
    /// <summary>Share of the partitions that answered, those behind a token included: the reply flags them, and what they have is in it.</summary>
    public static double Coverage(QueryAnswer answer)
    {
        int without = answer.Missing.Count(missing => missing.Answer != PartitionAnswer.Behind);
        return answer.PartitionsAsked == 0 ? 1 : (double)(answer.PartitionsAsked - without) / answer.PartitionsAsked;
    }

    /// <summary>The reply to one query.</summary>
    public static QueryReply Of(QueryAnswer answer, ParsedQuery query, CollectionSnapshot known, TimeSpan took)
    {
        Metric metric = known.Head.Schema.Representations[query.Spec.Representation].Metric;
        return new QueryReply
        {
            Hits = [.. answer.Hits.Select(hit => new ApiHit
            {
                Id = Encoding.UTF8.GetString(hit.Id.Span),
                Score = RankSpace.ToScore(metric, hit.RankDistance),
                Payload = hit.Payload.Length > 0 ? new RawJson(hit.Payload) : null,
            })],
            Complete = answer.Complete,
            Reason = answer.Reason,
            PartitionsAsked = answer.PartitionsAsked,
            PartitionsAnswered = answer.PartitionsAnswered,
            Missing = [.. answer.Missing.Select(missing => missing.Partition)],
            Verified = answer.Verified switch
            {
                VerificationState.All => "all",
                VerificationState.Partial => "partial",
                _ => "none",
            },
            Generation = answer.Generation,
            Cost = new Api.Queries.QueryCost
            {
                LeavesScanned = answer.Cost.LeavesProbed,
                CodesScanned = answer.Cost.CodesScanned,
                ExactScanned = answer.Cost.ExactScanned,
                RecordsVerified = answer.Cost.RecordsVerified,
                BytesRead = answer.Cost.BytesRead,
                BlobReads = answer.Cost.ReadCount,
            },
            TookMilliseconds = took.TotalMilliseconds,
            Explain = query.Explain ? Explain(answer, took) : null,
        };
    }

    private static QueryExplain Explain(QueryAnswer answer, TimeSpan took)
    {
        double claimed = answer.Stages.Sum(stage => stage.Duration.TotalMilliseconds);
        return new QueryExplain
        {
            Stages = [.. answer.Stages.Select(stage => new ApiStage { Name = stage.Name, Milliseconds = stage.Duration.TotalMilliseconds })],
            UnaccountedMilliseconds = Math.Max(0, took.TotalMilliseconds - claimed),
            TotalMilliseconds = took.TotalMilliseconds,
        };
    }
}
