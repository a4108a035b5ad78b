namespace Bigrain.Training.Data;

/// <summary>Documents with something taken out, and what was taken out.</summary>
/// <param name="Passages">The documents as they are to be encoded for training: those that gave a query are without it.</param>
/// <param name="Pairs">The queries.</param>
public sealed record ClozeSet(IReadOnlyList<TextDocument> Passages, IReadOnlyList<ClozePair> Pairs);
