using System.CommandLine;
using System.Globalization;
using Bigrain.Api.Backups;
using Bigrain.Api.Jobs;
using Bigrain.Api.Serialization;
using Bigrain.Cli.Jobs;
using Bigrain.Cli.Tooling;
using Bigrain.Client;

namespace Bigrain.Cli.Commands;

/// <summary><c>bigrain backup create|list|delete</c> and <c>bigrain restore</c>.</summary>
internal static class BackupVerb
{
    /// <summary>Makes the verb <c>backup</c>.</summary>
    public static Command Make(VerbFactory verbs) => new("backup", "make, list and delete backups of collections")
    {
        MakeCreate(verbs),
        verbs.Make("list", "list the backups that are whole", [], ListAsync),
        MakeDelete(verbs),
    };

    /// <summary>Makes the verb <c>restore</c>.</summary>
    public static Command MakeRestore(VerbFactory verbs)
    {
        Argument<string> backup = Backup();
        Option<string?> collection = Flag.Optional<string?>(
            verbs.Context, "--collection", "name of the collection to make; the one it was made of unless given", Values.Text, null);
        Option<bool> replace = Flag.Switch(verbs.Context, "--replace", "replace a collection of that name");
        Option<bool> watch = JobWatch.Option(verbs.Context);
        return verbs.Make(
            "restore",
            "make a collection of a backup, after checking every byte of it",
            [backup, collection, replace, watch],
            async invocation =>
            {
                using BigrainClient client = invocation.OpenClient();
                JobInfo job = await client.Backups.RestoreAsync(
                    invocation.Get(backup),
                    new RestoreBackupRequest { Collection = invocation.Get(collection), Replace = invocation.Get(replace) },
                    invocation.CancellationToken);
                return await JobWatch.FinishAsync(invocation, job, invocation.Get(watch));
            });
    }

    private static Argument<string> Backup() => new("BACKUP") { Description = "name of the backup" };

    private static Command MakeCreate(VerbFactory verbs)
    {
        Argument<string> collection = VerbFactory.Collection();
        Argument<string> backup = Backup();
        Option<bool> watch = JobWatch.Option(verbs.Context);
        return verbs.Make("create", "make a backup while the collection is read and written", [collection, backup, watch], async invocation =>
        {
            using BigrainClient client = invocation.OpenClient();
            JobInfo job = await client.Backups.CreateAsync(invocation.Get(collection), invocation.Get(backup), invocation.CancellationToken);
            return await JobWatch.FinishAsync(invocation, job, invocation.Get(watch));
        });
    }

    private static Command MakeDelete(VerbFactory verbs)
    {
        Argument<string> backup = Backup();
        return verbs.Make("delete", "delete a backup; those that share blobs with it stay whole", [backup], async invocation =>
        {
            using BigrainClient client = invocation.OpenClient();
            await client.Backups.DeleteAsync(invocation.Get(backup), invocation.CancellationToken);
            invocation.PrintDeleted(invocation.Get(backup));
            return ExitCode.Ok;
        });
    }

    private static async Task<int> ListAsync(Invocation invocation)
    {
        using BigrainClient client = invocation.OpenClient();
        BackupList list = await client.Backups.ListAsync(invocation.CancellationToken);
        if (invocation.IsJson)
        {
            invocation.PrintJson(list, ApiJson.Default.BackupList);
        }
        else
        {
            invocation.PrintTable(
                ["backup", "collection", "created", "blobs", "bytes", "bytes of its own"],
                list.Backups.Select(static backup => new[]
                {
                    backup.Name,
                    backup.Collection,
                    backup.CreatedAt.ToString("u", CultureInfo.InvariantCulture),
                    backup.Blobs.ToString("N0", CultureInfo.InvariantCulture),
                    backup.Bytes.ToString("N0", CultureInfo.InvariantCulture),
                    backup.CopiedBytes.ToString("N0", CultureInfo.InvariantCulture),
                }));
        }

        return ExitCode.Ok;
    }
}
