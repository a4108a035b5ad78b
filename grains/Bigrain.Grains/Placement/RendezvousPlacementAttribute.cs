using Orleans.Placement;

namespace Bigrain.Grains.Placement;

/// <summary>Marks a grain class for <see cref="RendezvousPlacement"/>.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class RendezvousPlacementAttribute() : PlacementAttribute(new RendezvousPlacement());
