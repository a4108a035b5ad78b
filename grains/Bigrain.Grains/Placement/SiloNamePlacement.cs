namespace Bigrain.Grains.Placement;

/// <summary>Places a grain on the silo whose name is the grain's key.</summary>
[GenerateSerializer]
[Alias("bigrain.SiloNamePlacement")]
internal sealed class SiloNamePlacement : PlacementStrategy;
