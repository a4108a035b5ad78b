using System.Net.Sockets;
using Bigrain.Index.Errors;
using Bigrain.Silo.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Clustering.Redis;
using Orleans.Configuration;
using StackExchange.Redis;

namespace Bigrain.Silo.Membership;

/// <summary>Clears the way into the cluster: rows of silos that are gone would stop a newcomer, which must reach every active one.</summary>
/// <remarks>
/// <para>After all silos crashed nobody is left to evict them. A row under this silo's own name, whose process no longer listens, is
/// declared dead at once: a name belongs to one process. Rows of others only when their sign of life is old as well, since a
/// network that lets this silo reach nobody must not make it evict everybody.</para>
/// <para>Being wrong costs a restart of the silo declared dead, never data: the epochs of the log decide, not membership.</para>
/// </remarks>
internal sealed partial class JoinGuard(
    IMembershipTable table,
    RedisConnection connection,
    SiloSettings settings,
    IOptions<ClusterMembershipOptions> membership,
    TimeProvider time,
    ILogger<JoinGuard> logger)
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan NameTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Makes sure that Redis answers and that no living silo has this one's name.</summary>
    /// <exception cref="BigrainException">Redis cannot be used, or the name is taken.</exception>
    public async Task ClaimNameAsync(CancellationToken cancellationToken)
    {
        await connection.RequireAsync(cancellationToken);
        long start = time.GetTimestamp();
        bool waits = false;
        try
        {
            await table.InitializeMembershipTableAsync(tryInitTableVersion: true, cancellationToken);
            while (await FindHolderAsync(cancellationToken) is { } holder)
            {
                if (time.GetElapsedTime(start) > NameTimeout)
                {
                    throw new BigrainException(
                        ErrorCode.Conflict,
                        $"a living silo at {holder.SiloAddress.Endpoint} of cluster '{settings.Cluster}' already has the name '{settings.Name}': "
                        + "give each silo its own --name, or stop that one first",
                        "name");
                }

                if (!waits)
                {
                    LogNameTaken(logger, settings.Name, holder.SiloAddress.Endpoint, NameTimeout);
                    waits = true;
                }

                await Task.Delay(Pause, time, cancellationToken);
            }
        }
        catch (Exception error) when (error is RedisException or RedisClusteringException or TimeoutException)
        {
            throw RedisConnection.Unreachable(connection.Configuration, error);
        }
    }

    /// <summary>Declares crashed silos dead until it is cancelled, which is when this one has joined.</summary>
    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                MembershipTableData rows = await table.ReadAllAsync(cancellationToken);
                foreach ((MembershipEntry row, string tag) in rows.Members)
                {
                    if (row.Status == SiloStatus.Active && row.SiloName != settings.Name && IsStale(row) && !await ListensAsync(row, cancellationToken))
                    {
                        await DeclareDeadAsync(row, tag, rows.Version, cancellationToken);
                        break; // the version moved on: read again
                    }
                }

                await Task.Delay(Pause, time, cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // a sweep is a help: the join itself reports what stands in its way
            catch (Exception error)
#pragma warning restore CA1031
            {
                LogSweepFailed(logger, error);
                await Task.Delay(Pause, time, CancellationToken.None);
            }
        }
    }

    /// <summary>A living silo with this one's name, once every crashed one was declared dead.</summary>
    private async Task<MembershipEntry?> FindHolderAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            MembershipTableData rows = await table.ReadAllAsync(cancellationToken);
            (MembershipEntry? row, string? tag) = rows.Members.FirstOrDefault(
                member => member.Item1.SiloName == settings.Name && member.Item1.Status != SiloStatus.Dead) ?? new(null!, null!);
            if (row is null)
            {
                return null;
            }

            if (!IsStale(row) && await ListensAsync(row, cancellationToken))
            {
                return row;
            }

            await DeclareDeadAsync(row, tag!, rows.Version, cancellationToken);
        }
    }

    private async Task DeclareDeadAsync(MembershipEntry row, string tag, TableVersion version, CancellationToken cancellationToken)
    {
        row.Status = SiloStatus.Dead;
        if (await table.UpdateRowAsync(row, tag, version.Next(), cancellationToken))
        {
            LogDeclaredDead(logger, row.SiloName, row.SiloAddress.Endpoint);
        }
    }

    private bool IsStale(MembershipEntry row)
    {
        DateTime lastSign = row.IAmAliveTime > row.StartTime ? row.IAmAliveTime : row.StartTime;
        ClusterMembershipOptions options = membership.Value;
        return time.GetUtcNow().UtcDateTime - lastSign > options.IAmAliveTablePublishTimeout * options.NumMissedTableIAmAliveLimit;
    }

    private async Task<bool> ListensAsync(MembershipEntry row, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using ITimer timer = time.CreateTimer(static state => ((CancellationTokenSource)state!).Cancel(), limit, ConnectTimeout, Timeout.InfiniteTimeSpan);
        using var client = new TcpClient(row.SiloAddress.Endpoint.AddressFamily);
        try
        {
            await client.ConnectAsync(row.SiloAddress.Endpoint, limit.Token);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}
