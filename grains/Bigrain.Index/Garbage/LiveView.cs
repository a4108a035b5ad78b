using Bigrain.Index.Schema;

namespace Bigrain.Index.Garbage;

/// <summary>Everything that was reachable at one moment.</summary>
/// <param name="Collections">By incarnation.</param>
/// <param name="Pins">What jobs hold.</param>
/// <param name="ManifestsBumped">Manifests that were swapped to fence builders.</param>
internal sealed record LiveView(IReadOnlyDictionary<CollectionIncarnation, LiveCollection> Collections, PinSet Pins, int ManifestsBumped);
