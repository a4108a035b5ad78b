using Bigrain.Grains.Placement;
using Bigrain.Silo.Membership;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Bigrain.Silo.Http;

/// <summary>Whether the silo has started, and whether it may be sent requests.</summary>
/// <remarks>Purely local: no grain, store or network call, so that a probe can never pile up behind a fault.</remarks>
internal sealed class ReadinessState(IHostApplicationLifetime lifetime, MembershipState membership, IServiceProvider services)
{
    private readonly IReplicaReadiness? _replicas = services.GetService<IReplicaReadiness>();

    /// <summary>Why it has not started; null once it has joined and serves, also while it stops.</summary>
    public string? NotStarted => lifetime.ApplicationStarted.IsCancellationRequested ? null : "still joining";

    /// <summary>Why it should not be sent requests; null when it may.</summary>
    public string? NotReady
    {
        get
        {
            if (NotStarted is { } joining)
            {
                return joining;
            }

            if (lifetime.ApplicationStopping.IsCancellationRequested)
            {
                return "stopping";
            }

            return membership.LostReason is { } lost
                ? "membership lost: " + lost
                : _replicas is { IsReady: false } replicas ? replicas.Reason ?? "partitions are not loaded yet" : null;
        }
    }
}
