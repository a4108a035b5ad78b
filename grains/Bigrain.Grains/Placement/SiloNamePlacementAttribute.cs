using Orleans.Placement;

namespace Bigrain.Grains.Placement;

/// <summary>Marks a grain class for <see cref="SiloNamePlacement"/>.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class SiloNamePlacementAttribute() : PlacementAttribute(new SiloNamePlacement());
