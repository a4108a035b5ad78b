using Bigrain.Index.Blobs;

namespace Bigrain.Index.Garbage;

/// <summary>A blob that nothing leads to.</summary>
/// <param name="Entry">The blob.</param>
/// <param name="Kind">What it was.</param>
/// <param name="Candidate">Name of the candidate it belongs to: its own, or a prefix of it.</param>
/// <param name="IsFenced">Whether nobody can make it reachable any more.</param>
internal sealed record CondemnedBlob(BlobEntry Entry, GarbageKind Kind, string Candidate, bool IsFenced);
