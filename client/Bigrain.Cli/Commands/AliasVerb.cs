using System.CommandLine;
using Bigrain.Api.Aliases;
using Bigrain.Api.Serialization;
using Bigrain.Cli.Tooling;
using Bigrain.Client;

namespace Bigrain.Cli.Commands;

/// <summary><c>bigrain collection alias set|list|show|delete</c>.</summary>
internal static class AliasVerb
{
    /// <summary>Makes the verb.</summary>
    public static Command Make(VerbFactory verbs) => new("alias", "other names for collections, which move from one to another at once")
    {
        MakeSet(verbs),
        verbs.Make("list", "list the aliases", [], ListAsync),
        MakeShow(verbs),
        MakeDelete(verbs),
    };

    private static Argument<string> Alias() => new("ALIAS") { Description = "a-z, 0-9, '_' and '-', up to 63" };

    private static Command MakeSet(VerbFactory verbs)
    {
        Argument<string> alias = Alias();
        Argument<string> collection = VerbFactory.Collection();
        Option<string?> expected = Flag.Optional<string?>(
            verbs.Context, "--if", "move it only while it stands for this collection ('' = only if there is no such alias)", Values.Text, null);
        return verbs.Make("set", "make an alias, or let it stand for another collection at once", [alias, collection, expected], async invocation =>
        {
            using BigrainClient client = invocation.OpenClient();
            (AliasInfo info, bool isNew) = await client.Aliases.PutAsync(
                invocation.Get(alias),
                new AliasRequest { Collection = invocation.Get(collection), IfCollection = invocation.Get(expected) },
                invocation.CancellationToken);
            if (!invocation.IsJson)
            {
                invocation.Print(isNew ? $"created {info.Alias}" : $"{info.Alias} stands for {info.Collection}");
            }

            return Show(invocation, info);
        });
    }

    private static Command MakeShow(VerbFactory verbs)
    {
        Argument<string> alias = Alias();
        return verbs.Make("show", "show what an alias stands for", [alias], async invocation =>
        {
            using BigrainClient client = invocation.OpenClient();
            return Show(invocation, await client.Aliases.GetAsync(invocation.Get(alias), invocation.CancellationToken));
        });
    }

    private static Command MakeDelete(VerbFactory verbs)
    {
        Argument<string> alias = Alias();
        return verbs.Make("delete", "delete an alias; the collection stays", [alias], async invocation =>
        {
            using BigrainClient client = invocation.OpenClient();
            await client.Aliases.DeleteAsync(invocation.Get(alias), invocation.CancellationToken);
            invocation.PrintDeleted(invocation.Get(alias));
            return ExitCode.Ok;
        });
    }

    private static async Task<int> ListAsync(Invocation invocation)
    {
        using BigrainClient client = invocation.OpenClient();
        AliasList list = await client.Aliases.ListAsync(invocation.CancellationToken);
        if (invocation.IsJson)
        {
            invocation.PrintJson(list, ApiJson.Default.AliasList);
        }
        else
        {
            Print(invocation, list.Aliases);
        }

        return ExitCode.Ok;
    }

    private static int Show(Invocation invocation, AliasInfo alias)
    {
        if (invocation.IsJson)
        {
            invocation.PrintJson(alias, ApiJson.Default.AliasInfo);
        }
        else
        {
            Print(invocation, [alias]);
        }

        return ExitCode.Ok;
    }

    private static void Print(Invocation invocation, IReadOnlyList<AliasInfo> aliases) => invocation.PrintTable(
        ["alias", "collection", "since"],
        aliases.Select(static alias => (string[])[alias.Alias, alias.Collection, alias.ChangedAt.ToString("u", System.Globalization.CultureInfo.InvariantCulture)]));
}
