using System.CommandLine;
using Bigrain.Api.Jobs;
using Bigrain.Api.Reindexing;
using Bigrain.Cli.Files;
using Bigrain.Cli.Jobs;
using Bigrain.Cli.Tooling;
using Bigrain.Client;

namespace Bigrain.Cli.Commands;

/// <summary><c>bigrain reindex COLLECTION</c> and <c>bigrain reindex verify|publish|rollback|discard COLLECTION</c>.</summary>
internal static class ReindexVerb
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <summary>Makes the verb.</summary>
    public static Command Make(VerbFactory verbs)
    {
        ToolContext context = verbs.Context;
        Argument<string> collection = VerbFactory.Collection();
        Option<int[]> partition = Flag.Many(
            "--partition", "rebuild these partitions alone; the others are shared with the present generation", Values.AnyInt);
        Option<string?> codec = Flag.Optional<string?>(context, "--codec", "coarse code: auto, flat, rabitq:1 to rabitq:4, pq:MxBITS", Values.Text, null);
        Option<string?> model = Flag.Optional<string?>(context, "--model", "trained model (model.bigrain of 'bigrain train'): its codes and query heads", Values.Text, null);
        Option<int?> partitions = Flag.Optional<int?>(context, "--partitions", "partitions of the new generation", text => Values.AnyInt(text), null);
        Option<string?> dense = Flag.Optional<string?>(context, "--dense", "element type of the stored vectors: fp32, fp16, int8", Values.Text, null);
        Option<bool> noPublish = Flag.Switch(context, "--no-publish", "stop after verification; publish it later");
        Option<double?> minRecall = MinRecall(context);
        Option<double?> maxLoss = MaxRecallLoss(context);
        Option<int?> sample = Sample(context);
        Option<bool> watch = JobWatch.Option(context);
        Command command = verbs.Make(
            "reindex",
            "build a new generation while queries and writes go on, verify it, and publish it at once",
            [collection, partition, codec, model, partitions, dense, noPublish, minRecall, maxLoss, sample, watch],
            async invocation =>
            {
                var request = new ReindexRequest
                {
                    Partition = invocation.Get(partition) is { Length: > 0 } some ? some : null,
                    Codec = invocation.Get(codec),
                    Partitions = invocation.Get(partitions),
                    Dense = invocation.Get(dense),
                    Publish = invocation.Get(noPublish) ? false : null,
                    MinRecall = invocation.Get(minRecall),
                    MaxRecallLoss = invocation.Get(maxLoss),
                    Sample = invocation.Get(sample),
                };
                using BigrainClient client = invocation.OpenClient(Patience);
                JobInfo job = invocation.Get(model) is { } path
                    ? await client.Maintenance.ReindexAsync(invocation.Get(collection), request, ModelFile.Read(path), invocation.CancellationToken)
                    : await client.Maintenance.ReindexAsync(invocation.Get(collection), request, invocation.CancellationToken);
                return await JobWatch.FinishAsync(invocation, job, invocation.Get(watch));
            });
        command.Add(MakeVerification(verbs, ReindexSteps.Verify, "verify the generation that was built and not published"));
        command.Add(MakeVerification(verbs, ReindexSteps.Publish, "verify and publish the generation that was built and not published"));
        command.Add(MakeStep(verbs, ReindexSteps.Rollback, "make the previous generation the present one again; nothing written since is lost"));
        Option<bool> previous = Flag.Switch(context, "--previous", "give up the previous generation instead; there is no rollback then");
        command.Add(MakeStep(
            verbs,
            ReindexSteps.Discard,
            "give up the generation that was built and not published",
            [previous],
            invocation => new ReindexRequest { Previous = invocation.Get(previous) ? true : null }));
        return command;
    }

    private static Option<double?> MinRecall(ToolContext context) => Flag.Optional<double?>(
        context, "--min-recall", "lowest recall that verification accepts; default 0.9", text => Values.Share(text), null);

    private static Option<double?> MaxRecallLoss(ToolContext context) => Flag.Optional<double?>(
        context, "--max-recall-loss", "most recall that may be lost; default 0.01, none where a model comes", text => Values.Share(text), null);

    private static Option<int?> Sample(ToolContext context) => Flag.Optional<int?>(
        context, "--sample", "queries that verification samples; default 100, 0 for none", text => Values.AnyInt(text), null);

    // What was built with other thresholds than the defaults is verified and published with them too.
    private static Command MakeVerification(VerbFactory verbs, string step, string help)
    {
        Option<double?> minRecall = MinRecall(verbs.Context);
        Option<double?> maxLoss = MaxRecallLoss(verbs.Context);
        Option<int?> sample = Sample(verbs.Context);
        return MakeStep(verbs, step, help, [minRecall, maxLoss, sample], invocation => new ReindexRequest
        {
            MinRecall = invocation.Get(minRecall),
            MaxRecallLoss = invocation.Get(maxLoss),
            Sample = invocation.Get(sample),
        });
    }

    private static Command MakeStep(VerbFactory verbs, string step, string help, Symbol[]? options = null, Func<Invocation, ReindexRequest>? requestOf = null)
    {
        Argument<string> collection = VerbFactory.Collection();
        Option<bool> watch = JobWatch.Option(verbs.Context);
        return verbs.Make(step, help, [collection, .. options ?? [], watch], async invocation =>
        {
            using BigrainClient client = invocation.OpenClient(Patience);
            ReindexRequest request = requestOf?.Invoke(invocation) ?? new ReindexRequest();
            JobInfo job = await client.Maintenance.ReindexStepAsync(invocation.Get(collection), step, request, invocation.CancellationToken);
            return await JobWatch.FinishAsync(invocation, job, invocation.Get(watch));
        });
    }
}
