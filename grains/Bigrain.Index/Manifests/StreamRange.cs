namespace Bigrain.Index.Manifests;

/// <summary>Log sequences of one stream, both ends included.</summary>
/// <param name="Stream">Stream number.</param>
/// <param name="First">First sequence.</param>
/// <param name="Last">Last sequence.</param>
public sealed record StreamRange(int Stream, long First, long Last);
