using System.CommandLine;
using Bigrain.Api.Serialization;
using Bigrain.Api.Status;
using Bigrain.Cli.Reports;
using Bigrain.Cli.Tooling;
using Bigrain.Client;

namespace Bigrain.Cli.Commands;

/// <summary><c>bigrain status</c>: silos and collections.</summary>
internal static class StatusVerb
{
    /// <summary>Makes the verb.</summary>
    public static Command Make(VerbFactory verbs) =>
        verbs.Make("status", "show silos, collections and memory", [], RunAsync);

    private static async Task<int> RunAsync(Invocation invocation)
    {
        using BigrainClient client = invocation.OpenClient();
        ClusterStatus status = await client.GetClusterAsync(invocation.CancellationToken);
        if (invocation.IsJson)
        {
            invocation.PrintJson(status, ApiJson.Default.ClusterStatus);
            return ExitCode.Ok;
        }

        invocation.PrintTable(
            ["silo", "status", "partitions", "memory", "budget"],
            status.Silos.Select(static silo => new[]
            {
                silo.Name, silo.Status, Words.Count(silo.Partitions), Words.Size(silo.MemoryBytes), Words.Size(silo.BudgetBytes),
            }));
        CollectionTable.Print(invocation, status.Collections);
        return ExitCode.Ok;
    }
}
