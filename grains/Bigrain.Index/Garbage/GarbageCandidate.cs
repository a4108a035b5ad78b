namespace Bigrain.Index.Garbage;

/// <summary>Something that a pass found unreachable, for a later one to delete.</summary>
/// <param name="Name">Name of a blob, or a prefix that ends in <c>/</c> for all below.</param>
/// <param name="Kind">What it was.</param>
/// <param name="FirstSeenAt">When it was found first.</param>
/// <param name="ModifiedAt">When the youngest blob of it was written, by the store's clock.</param>
/// <param name="Tag">For a dropped or never finished collection the tag of its first GENERATION, which alone may be written again by
/// somebody who is still making the collection; otherwise null.</param>
public sealed record GarbageCandidate(string Name, GarbageKind Kind, DateTimeOffset FirstSeenAt, DateTimeOffset ModifiedAt, string? Tag);
