using System.CommandLine;
using Bigrain.Api.Queries;
using Bigrain.Api.Serialization;
using Bigrain.Cli.Reports;
using Bigrain.Cli.Tooling;
using Bigrain.Client;

namespace Bigrain.Cli.Commands;

/// <summary><c>bigrain recall COLLECTION</c>: measured recall of live data.</summary>
internal static class RecallVerb
{
    private static readonly TimeSpan MeasureTimeout = TimeSpan.FromMinutes(30);

    /// <summary>Makes the verb.</summary>
    public static Command Make(VerbFactory verbs)
    {
        ToolContext context = verbs.Context;
        Argument<string> collection = VerbFactory.Collection();
        Option<int> sample = Flag.Optional(context, "--sample", "stored vectors to draw as queries", Values.AnyInt, 100);
        Option<int> k = Flag.Optional(context, "-k", "hits to compare", Values.AnyInt, 10);
        Option<long> seed = Flag.Optional(context, "--seed", "seed of the choice", Values.Count, 1);
        return verbs.Make(
            "recall",
            "compare searches with an exact search over every stored vector",
            [collection, sample, k, seed],
            async invocation =>
            {
                using BigrainClient client = invocation.OpenClient(MeasureTimeout);
                RecallReply reply = await client.MeasureRecallAsync(
                    invocation.Get(collection),
                    new RecallRequest { Sample = invocation.Get(sample), K = invocation.Get(k), Seed = invocation.Get(seed) },
                    invocation.CancellationToken);
                if (invocation.IsJson)
                {
                    invocation.PrintJson(reply, ApiJson.Default.RecallReply);
                }
                else
                {
                    invocation.Print(
                        $"recall@{reply.K} {reply.Recall:0.0000} (lowest {reply.LowestRecall:0.0000}) over {reply.Queries} queries and {reply.Documents} documents, "
                        + $"generation {reply.Generation}; exact {Words.Number(reply.ExactMilliseconds)} ms, searches {Words.Number(reply.SearchMilliseconds)} ms");
                }

                return ExitCode.Ok;
            });
    }
}
