using System.CommandLine;
using Bigrain.Api.Collections;
using Bigrain.Api.Serialization;
using Bigrain.Cli.Tooling;
using Bigrain.Client;

namespace Bigrain.Cli.Commands;

/// <summary><c>bigrain collection create|list|show|delete|alias</c>.</summary>
internal static class CollectionVerb
{
    /// <summary>Makes the verb.</summary>
    public static Command Make(VerbFactory verbs) => new("collection", "create, list, show and delete collections, and their aliases")
    {
        MakeCreate(verbs),
        verbs.Make("list", "list the collections", [], ListAsync),
        MakeShow(verbs),
        MakeDelete(verbs),
        AliasVerb.Make(verbs),
    };

    private static Command MakeCreate(VerbFactory verbs)
    {
        ToolContext context = verbs.Context;
        Argument<string> name = new("NAME") { Description = "a-z, 0-9, '_' and '-', up to 63" };
        Option<int> dimension = Flag.Required("--dim", "elements of a vector", Values.AnyInt);
        Option<string> metric = Flag.Required("--metric", "l2, cosine or dot", Values.Text);
        Option<string?> codec = Flag.Optional<string?>(context, "--codec", "coarse code: auto, flat, rabitq:1 to rabitq:4, pq:MxBITS", Values.Text, null);
        Option<string?> dense = Flag.Optional<string?>(context, "--dense", "element type of the stored vectors: fp32, fp16, int8", Values.Text, null);
        Option<int?> partitions = Flag.Optional<int?>(context, "--partitions", "partitions", text => Values.AnyInt(text), null);
        Option<int?> streams = Flag.Optional<int?>(context, "--streams", "streams, for the life of the collection", text => Values.AnyInt(text), null);
        Option<int?> replicas = Flag.Optional<int?>(context, "--replicas", "replicas of each partition", text => Values.AnyInt(text), null);
        return verbs.Make(
            "create",
            "create a collection; one that exists with the same schema is left as it is",
            [name, dimension, metric, codec, dense, partitions, streams, replicas],
            async invocation =>
            {
                using BigrainClient client = invocation.OpenClient();
                (CollectionInfo collection, bool isNew) = await client.CreateCollectionAsync(
                    invocation.Get(name),
                    new CollectionRequest
                    {
                        Dimension = invocation.Get(dimension),
                        Metric = invocation.Get(metric),
                        Codec = invocation.Get(codec),
                        Dense = invocation.Get(dense),
                        Partitions = invocation.Get(partitions),
                        Streams = invocation.Get(streams),
                        Replicas = invocation.Get(replicas),
                    },
                    invocation.CancellationToken);
                if (!invocation.IsJson)
                {
                    invocation.Print(isNew ? $"created {collection.Name}" : $"{collection.Name} exists with this schema");
                }

                return Show(invocation, collection);
            });
    }

    private static Command MakeShow(VerbFactory verbs)
    {
        Argument<string> name = VerbFactory.Collection();
        return verbs.Make("show", "show one collection", [name], async invocation =>
        {
            using BigrainClient client = invocation.OpenClient();
            return Show(invocation, await client.GetCollectionAsync(invocation.Get(name), invocation.CancellationToken));
        });
    }

    private static Command MakeDelete(VerbFactory verbs)
    {
        Argument<string> name = VerbFactory.Collection();
        return verbs.Make("delete", "delete a collection and all its documents", [name], async invocation =>
        {
            using BigrainClient client = invocation.OpenClient();
            await client.DropCollectionAsync(invocation.Get(name), invocation.CancellationToken);
            invocation.PrintDeleted(invocation.Get(name));
            return ExitCode.Ok;
        });
    }

    private static async Task<int> ListAsync(Invocation invocation)
    {
        using BigrainClient client = invocation.OpenClient();
        CollectionList list = await client.ListCollectionsAsync(invocation.CancellationToken);
        if (invocation.IsJson)
        {
            invocation.PrintJson(list, ApiJson.Default.CollectionList);
        }
        else
        {
            CollectionTable.Print(invocation, list.Collections);
        }

        return ExitCode.Ok;
    }

    private static int Show(Invocation invocation, CollectionInfo collection)
    {
        if (invocation.IsJson)
        {
            invocation.PrintJson(collection, ApiJson.Default.CollectionInfo);
        }
        else
        {
            CollectionTable.Print(invocation, [collection]);
        }

        return ExitCode.Ok;
    }
}
