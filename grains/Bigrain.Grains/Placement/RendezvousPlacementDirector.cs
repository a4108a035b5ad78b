using Orleans.Runtime.Placement;

namespace Bigrain.Grains.Placement;

/// <summary>Applies <see cref="RendezvousRanking"/> to the live silos.</summary>
internal sealed class RendezvousPlacementDirector(ISiloStatusOracle silos) : IPlacementDirector
{
    /// <inheritdoc/>
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        SiloAddress[] addresses = context.GetCompatibleSilos(target);
        string[] names = Array.ConvertAll(addresses, address => silos.TryGetSiloName(address, out string? name) ? name : address.ToParsableString());
        (string key, int replica) = RendezvousRanking.Split(target.GrainIdentity.Key.ToString()!);
        return Task.FromResult(addresses[RendezvousRanking.Choose(key, replica, names)]);
    }
}
