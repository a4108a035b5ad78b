using Orleans.Runtime.Placement;

namespace Bigrain.Grains.Placement;

/// <summary>Finds the silo that a grain key names.</summary>
internal sealed class SiloNamePlacementDirector(ISiloStatusOracle silos) : IPlacementDirector
{
    /// <inheritdoc/>
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        string wanted = target.GrainIdentity.Key.ToString()!;
        foreach (SiloAddress address in context.GetCompatibleSilos(target))
        {
            if (silos.TryGetSiloName(address, out string? name) && name == wanted)
            {
                return Task.FromResult(address);
            }
        }

        throw new SiloUnavailableException($"no live silo is named '{wanted}'");
    }
}
