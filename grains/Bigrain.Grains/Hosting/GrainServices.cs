using Bigrain.Grains.Faults;
using Bigrain.Grains.Placement;
using Microsoft.Extensions.DependencyInjection;

namespace Bigrain.Grains.Hosting;

/// <summary>Registers what the grains need beside the index and its store.</summary>
public static class GrainServices
{
    /// <summary>Adds placement and fault translation.</summary>
    public static IServiceCollection AddBigrainGrains(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddPlacementDirector<RendezvousPlacement, RendezvousPlacementDirector>();
        services.AddPlacementDirector<SiloNamePlacement, SiloNamePlacementDirector>();
        services.AddSingleton<IIncomingGrainCallFilter, FaultCallFilter>();
        return services;
    }
}
