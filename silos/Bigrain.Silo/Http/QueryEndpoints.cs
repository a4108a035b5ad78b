using Bigrain.Api;
using Bigrain.Api.Queries;
using Bigrain.Api.Serialization;
using Bigrain.Contracts;
using Bigrain.Grains.Collections;
using Bigrain.Grains.Search;
using Bigrain.Index.Errors;
using Bigrain.Index.Queries;
using Bigrain.Index.Schema;
using Bigrain.Silo.Admission;
using Bigrain.Silo.Http.Bodies;
using Bigrain.Silo.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Bigrain.Silo.Http;

/// <summary>Answers queries, alone and in batches.</summary>
internal static class QueryEndpoints
{
    /// <summary>Maps the routes.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder group = routes.MapGroup("/v1/collections/{collection}/query").WithTags("queries");
        group.MapPost("", QueryAsync).WithSummary("Finds the documents closest to a vector.")
            .Accepts<QueryRequest>(ApiMediaTypes.Json).Produces<QueryReply>().WithMetadata(Admitted.Query);
        group.MapPost("/batch", QueryBatchAsync).WithSummary("Answers many queries in one call.")
            .Accepts<BatchQueryRequest>(ApiMediaTypes.Json).Produces<BatchQueryReply>().WithMetadata(Admitted.Batch);
    }

    private static async Task QueryAsync(
        string collection, HttpContext context, CollectionDirectory directory, IGrainFactory grains, RunningQueries running, TimeProvider time)
    {
        long started = time.GetTimestamp();
        Names.Validate(collection, "collection");
        CollectionSnapshot known = await directory.GetAsync(collection, context.RequestAborted);
        ParsedQuery query;
        using (RequestBody body = await RequestBody.ReadAsync(context))
        {
            query = QueryParser.Parse(body.Bytes, known.Head);
        }

        PackedBytes packed = await CallAsync(context, running, caller => grains.GetGrain<ISearchCoordinatorGrain>(0).QueryAsync(
            collection,
            new PackedBytes(QuerySpec.Encode([WithTimeLeft(query.Spec, context, time) with { Caller = caller }])),
            context.RequestAborted));
        QueryAnswer answer = QueryAnswerFormat.Decode(packed.Bytes)[0];
        QueryReply reply = QueryReplies.Of(answer, query, known, time.GetElapsedTime(started));
        if (QueryReplies.Coverage(answer) < query.MinCoverage)
        {
            await ProblemResponses.WritePartialAsync(context, reply, answer.RetryAfter);
            return;
        }

        await ApiReplies.WriteAsync(context, StatusCodes.Status200OK, reply, ApiJson.Default.QueryReply);
    }

    private static async Task QueryBatchAsync(
        string collection, HttpContext context, CollectionDirectory directory, IGrainFactory grains, RunningQueries running, TimeProvider time)
    {
        long started = time.GetTimestamp();
        Names.Validate(collection, "collection");
        CollectionSnapshot known = await directory.GetAsync(collection, context.RequestAborted);
        List<ParsedQuery> queries;
        using (RequestBody body = await RequestBody.ReadAsync(context))
        {
            queries = QueryParser.ParseBatch(body.Bytes, known.Head);
        }

        PackedBytes packed = await CallAsync(context, running, caller => grains.GetGrain<ISearchCoordinatorGrain>(0).QueryBatchAsync(
            collection,
            new PackedBytes(QuerySpec.Encode(queries.ConvertAll(query => WithTimeLeft(query.Spec, context, time) with { Caller = caller }))),
            context.RequestAborted));
        QueryAnswer[] answers = QueryAnswerFormat.Decode(packed.Bytes);
        TimeSpan took = time.GetElapsedTime(started);
        var replies = new QueryReply[answers.Length];
        for (int i = 0; i < replies.Length; i++)
        {
            replies[i] = QueryReplies.Of(answers[i], queries[i], known, took);
            if (QueryReplies.Coverage(answers[i]) < queries[i].MinCoverage)
            {
                await ProblemResponses.WritePartialAsync(context, replies[i], answers[i].RetryAfter);
                return;
            }
        }

        var reply = new BatchQueryReply { Results = replies, TookMilliseconds = took.TotalMilliseconds };
        await ApiReplies.WriteAsync(context, StatusCodes.Status200OK, reply, ApiJson.Default.BatchQueryReply);
    }

    /// <summary>Calls a coordinator that hears when the sender hangs up.</summary>
    private static async Task<PackedBytes> CallAsync(HttpContext context, RunningQueries running, Func<long, Task<PackedBytes>> call)
    {
        long caller = running.Begin(context.RequestAborted);
        try
        {
            return await call(caller);
        }
        finally
        {
            running.End(caller);
        }
    }

    /// <summary>Takes what the request has waited and been read for off its time.</summary>
    private static QuerySpec WithTimeLeft(QuerySpec spec, HttpContext context, TimeProvider time)
    {
        TimeSpan left = spec.Budget - ServerTiming.Elapsed(context, time);
        return left > TimeSpan.Zero
            ? spec with { Budget = left }
            : throw new BigrainException(
                ErrorCode.DeadlineExceeded, "the time was up before the query began: raise timeoutMilliseconds", "timeoutMilliseconds");
    }
}
