using Bigrain.Client;
using Bigrain.Index.Randomness;
using Bigrain.Storage.AzureBlobs;
using Bigrain.TestKit.Blobs;
using Bigrain.TestKit.Redis;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Bigrain.EndToEnd.Clusters;

/// <summary>Three silos that search even the smallest collection by codes, started once. Scenarios stop none of them, and drop what they made.</summary>
public sealed class CodesFixture(AzuriteServer azurite) : IAsyncLifetime
{
    internal const int SiloCount = 3;

    // A generation that was left leaves memory sooner, so that no test waits for it.
    private static readonly Dictionary<string, string> Variables = new() { ["BIGRAIN_Keeper__UnloadSpareAfter"] = "00:00:03" };

    private string? _missing;
    private string? _startFault;
    private TestCluster? _cluster;

    internal TestCluster Cluster => _cluster!;

    internal string Connection { get; private set; } = "";

    internal string Container { get; } = TestCluster.NewContainer();

    public async ValueTask InitializeAsync()
    {
        _missing = RedisServer.MissingReason;
        if (_missing is not null)
        {
            return;
        }

        if (await azurite.TryGetConnectionStringAsync(CancellationToken.None) is not { } connection)
        {
            _missing = azurite.MissingReason ?? "no Azurite";
            return;
        }

        Connection = connection;
        try
        {
            _cluster = await TestCluster.StartAsync(
                connection, Container, new string?[SiloCount], Variables, givesWay: true, CancellationToken.None, "--flat-below", "0");
        }
        catch (Exception e) when (e is TimeoutException or InvalidOperationException)
        {
            _startFault = $"the cluster did not start: {e.Message}";
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }
    }

    /// <summary>Runs a scenario on the cluster in full health, or skips it where Redis or Azurite cannot be had; after a failure the last lines
    /// of every silo are printed.</summary>
    internal async Task RunAsync(Func<TestCluster, Task> scenario)
    {
        if (_missing is not null)
        {
            Assert.Skip(_missing);
        }

        if (_startFault is not null)
        {
            Assert.Fail(_startFault);
        }

        try
        {
            await Cluster.WaitUntilHealthyAsync(TestCluster.StartTimeout);
            await scenario(Cluster);
        }
        catch
        {
            ClusterScenario.PrintLogs(Cluster);
            throw;
        }
    }

    /// <summary>A client of one silo alone.</summary>
    internal BigrainClient ClientOf(int silo, double timeoutSeconds = 60) => new(new BigrainClientOptions
    {
        Endpoints = [Cluster.Silos[silo].Address],
        Timeout = TimeSpan.FromSeconds(timeoutSeconds),
    });

    /// <summary>The store of the cluster, past its silos.</summary>
    internal AzureBlobStore OpenStore() => new(
        new AzureBlobOptions { ConnectionString = Connection, Container = Container }, TimeProvider.System, new SystemRandomSource(), NullLogger<AzureBlobStore>.Instance);
}
