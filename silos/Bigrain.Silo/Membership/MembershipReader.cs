using Microsoft.Extensions.Options;
using Orleans.Clustering.Redis;
using Orleans.Configuration;
using StackExchange.Redis;

namespace Bigrain.Silo.Membership;

/// <summary>Reads what the watchdog needs of the membership table.</summary>
internal sealed class MembershipReader(
    IMembershipTable table,
    RedisConnection connection,
    IOptions<RedisClusteringOptions> redis,
    IOptions<ClusterOptions> cluster,
    ILocalSiloDetails self)
{
    // Field of the table's hash, written by its first silo and never removed.
    private const string VersionField = "Version";

    /// <summary>Reads the version of the table, 0 where there is none, and whether it has a row of this process.</summary>
    /// <remarks>Throws whatever keeps it from being read.</remarks>
    public async Task<(int Version, bool HasOwnRow)> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            MembershipTableData rows = await table.ReadAllAsync(cancellationToken);
            return (rows.Version.Version, rows.TryGet(self.SiloAddress) is not null);
        }
        catch (RedisClusteringException) when (!cancellationToken.IsCancellationRequested)
        {
            // To Orleans a table that is not there is one that cannot be read; the difference is what this is all about.
            if (await ExistsAsync(cancellationToken))
            {
                throw;
            }

            return (0, false);
        }
    }

    private async Task<bool> ExistsAsync(CancellationToken cancellationToken)
    {
        IConnectionMultiplexer open = await connection.OpenAsync().WaitAsync(cancellationToken);
        return await open.GetDatabase().HashExistsAsync(redis.Value.CreateRedisKey(cluster.Value), VersionField).WaitAsync(cancellationToken);
    }
}
