namespace Bigrain.Index.Garbage;

/// <summary>Garbage of one kind in a report.</summary>
/// <param name="Kind">What it was.</param>
/// <param name="FoundCount">Blobs that are unreachable.</param>
/// <param name="FoundBytes">Their bytes.</param>
/// <param name="DeletedCount">Blobs of them that were deleted now.</param>
/// <param name="DeletedBytes">Their bytes.</param>
/// <param name="KeptCount">Blobs that stay for now: too young, or found for the first time.</param>
/// <param name="KeptBytes">Their bytes.</param>
public sealed record GarbageLine(
    GarbageKind Kind, long FoundCount, long FoundBytes, long DeletedCount, long DeletedBytes, long KeptCount, long KeptBytes);
