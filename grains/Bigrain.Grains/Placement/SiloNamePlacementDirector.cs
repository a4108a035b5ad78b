using Orleans.Runtime.Placement;

namespace Bigrain.Grains.Placement;

/// <summary>Finds the silo that a grain key names.</summary>
internal sealed class SiloNamePlacementDirector(SiloMap silos) : IPlacementDirector
{
    /// <inheritdoc/>
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        string wanted = target.GrainIdentity.Key.ToString()!;
        return silos.AddressOf(wanted) is { } address && context.GetCompatibleSilos(target).Contains(address)
            ? Task.FromResult(address)
            : throw new SiloUnavailableException($"no live silo is named '{wanted}'");
    }
}
