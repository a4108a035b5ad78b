using Orleans.Runtime.Placement;

namespace Bigrain.Grains.Placement;

/// <summary>Places a grain where <see cref="SiloMap"/> says it belongs.</summary>
internal sealed class RendezvousPlacementDirector(SiloMap silos) : IPlacementDirector
{
    /// <inheritdoc/>
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        SiloAddress[] compatible = context.GetCompatibleSilos(target);
        SiloAddress? wanted = silos.AddressOf(silos.PlaceOf(target.GrainIdentity.Key.ToString()!));

        // Orleans may know of a death before the map does: any silo is right then, as ownership is only a hint.
        return Task.FromResult(wanted is not null && compatible.Contains(wanted) ? wanted : compatible[0]);
    }
}
