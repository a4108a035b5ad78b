using Bigrain.Grains.Placement;
using Bigrain.Silo.Membership;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Bigrain.Silo.Lifetime;

/// <summary>Makes a stop graceful: hand over while everything still serves, then HTTP ends its requests, then the silo leaves.</summary>
/// <remarks>The host calls <see cref="StoppingAsync"/> before it stops any service, and stops those in reverse order of their
/// registration: HTTP first, Orleans after it.</remarks>
internal sealed partial class DrainService(
    IServiceProvider services,
    MembershipState membership,
    IOptions<DrainOptions> options,
    IOptions<ClusterMembershipOptions> cluster,
    TimeProvider time,
    ILogger<DrainService> logger) : IHostedLifecycleService
{
    // How long Orleans tries to write its farewell into a table that does not answer, twice; the others evict the silo anyway.
    private static readonly TimeSpan FarewellTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LostFarewellTimeout = TimeSpan.FromMilliseconds(100);

    private int _isStopping;

    /// <inheritdoc/>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        // The host may be stopped twice, the second time when it is disposed.
        if (Interlocked.Exchange(ref _isStopping, 1) != 0)
        {
            return;
        }

        // Read at each change of status; meant for the join, which is over.
        cluster.Value.MaxJoinAttemptTime = membership.LostReason is null ? FarewellTimeout : LostFarewellTimeout;

        // With membership lost the others do not know this silo any more: there is nobody to wait for.
        if (membership.LostReason is not null || services.GetService<IReplicaHandover>() is not { } handover)
        {
            return;
        }

        long start = time.GetTimestamp();
        TimeSpan limit = options.Value.HandOverTimeout;
        using var expired = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, expired.Token);
        LogDraining(logger, limit);
        try
        {
            // A hand-over that does not look at its token must not keep the process.
            await handover.HandOverAsync(either.Token).WaitAsync(either.Token);
            TimeSpan took = time.GetElapsedTime(start);
            LogDrained(logger, took);
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            TimeSpan took = time.GetElapsedTime(start);
            LogDrainExpired(logger, took);
        }
#pragma warning disable CA1031 // whatever goes wrong here, the silo must still stop
        catch (Exception error)
#pragma warning restore CA1031
        {
            LogDrainFailed(logger, error);
        }
    }

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
