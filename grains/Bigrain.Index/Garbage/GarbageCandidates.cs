using System.Collections.Immutable;

namespace Bigrain.Index.Garbage;

/// <summary>Content of <c>gc/candidates</c>: what the passes so far found unreachable and have not deleted.</summary>
/// <param name="WrittenAt">When the last pass ended.</param>
/// <param name="Candidates">In the order of their names.</param>
public sealed record GarbageCandidates(DateTimeOffset WrittenAt, ImmutableArray<GarbageCandidate> Candidates);
