namespace Bigrain.Grains.Placement;

/// <summary>Places a grain on the silo that its key ranks best by name; replica r of a partition on the r-th best.</summary>
[GenerateSerializer]
[Alias("bigrain.RendezvousPlacement")]
internal sealed class RendezvousPlacement : PlacementStrategy;
