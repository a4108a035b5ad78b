namespace Bigrain.Storage.BlockCache;

/// <summary>Which blobs may be cached: the files of segments, which are never replaced and whose names never come again.</summary>
internal static class CachedNames
{
    public static bool IsImmutable(string name) =>
        name.StartsWith("data/", StringComparison.Ordinal) && name.Contains("/seg/", StringComparison.Ordinal);
}
