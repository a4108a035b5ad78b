using Bigrain.Index.Tails;

namespace Bigrain.Index.Partitions;

/// <summary>A segment or a tail that a query searches; its ordinal stands in the candidates.</summary>
/// <param name="Partition">Partition it belongs to.</param>
/// <param name="Segment">The segment; null for a tail.</param>
/// <param name="Tail">The tail; null for a segment.</param>
internal sealed record SearchSource(int Partition, SegmentView? Segment, TailView? Tail);
