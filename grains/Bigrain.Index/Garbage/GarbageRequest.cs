namespace Bigrain.Index.Garbage;

/// <summary>What a pass is to do.</summary>
/// <param name="Delete">Whether to delete; otherwise it only reports.</param>
/// <param name="Grace">Age that a blob must have; null is the setting.</param>
public sealed record GarbageRequest(bool Delete, TimeSpan? Grace = null);
