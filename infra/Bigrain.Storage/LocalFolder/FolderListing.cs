using System.IO.Enumeration;
using System.Runtime.CompilerServices;
using Bigrain.Index.Blobs;

namespace Bigrain.Storage.LocalFolder;

/// <summary>Walks the folders of a store in ordinal order of the blob names.</summary>
/// <remarks>Holds the names of one folder per level. Folders that cannot hold a wanted name are not opened.</remarks>
internal sealed class FolderListing
{
    private const int PageCount = 512;

    private readonly FolderLayout _layout;
    private readonly string _prefix;
    private readonly string _after;

    public FolderListing(FolderLayout layout, string prefix, string? after)
    {
        _layout = layout;
        _prefix = prefix;
        _after = after ?? string.Empty;
    }

    public async IAsyncEnumerable<BlobEntry> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // The walk blocks on the disk, so it runs on the pool, a page at a time.
        using IEnumerator<BlobEntry> walk = Start().GetEnumerator();
        var page = new List<BlobEntry>();
        do
        {
            page.Clear();
            await Task.Run(() => FillPage(walk, page, cancellationToken), cancellationToken).ConfigureAwait(false);
            foreach (BlobEntry entry in page)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return entry;
            }
        }
        while (page.Count == PageCount);
    }

    private static void FillPage(IEnumerator<BlobEntry> walk, List<BlobEntry> page, CancellationToken cancellationToken)
    {
        while (page.Count < PageCount && walk.MoveNext())
        {
            cancellationToken.ThrowIfCancellationRequested();
            page.Add(walk.Current);
        }
    }

    private IEnumerable<BlobEntry> Start()
    {
        int cut = _prefix.LastIndexOf('/') + 1;
        return Walk(string.Concat(_layout.Blobs, "/", _prefix.AsSpan(0, cut)), _prefix[..cut]);
    }

    // Names in the folder at path all start with keyPrefix.
    private IEnumerable<BlobEntry> Walk(string path, string keyPrefix)
    {
        foreach (Item item in Read(path, keyPrefix))
        {
            if (item.IsFolder)
            {
                foreach (BlobEntry entry in Walk(item.Path, item.Key))
                {
                    yield return entry;
                }
            }
            else if (new FileInfo(item.Path) is { Exists: true } file)
            {
                yield return new BlobEntry(item.Key, file.Length, new DateTimeOffset(file.LastWriteTimeUtc, TimeSpan.Zero));
            }
        }
    }

    private List<Item> Read(string path, string keyPrefix)
    {
        List<Item> items = ReadEntries(path, keyPrefix);
        items.Sort(static (x, y) => string.CompareOrdinal(x.Key, y.Key));
        Item[] mixed = [.. items.Where((item, index) =>
            item.IsShard && index + 1 < items.Count && items[index + 1].Key.StartsWith(item.Key, StringComparison.Ordinal))];
        if (mixed.Length == 0)
        {
            return items;
        }

        // Other names lie between those of a shard: its names take their places one by one.
        foreach (Item shard in mixed)
        {
            items.Remove(shard);
            items.AddRange(ReadEntries(shard.Path, shard.Key));
        }

        items.Sort(static (x, y) => string.CompareOrdinal(x.Key, y.Key));
        return items;
    }

    private List<Item> ReadEntries(string path, string keyPrefix)
    {
        var items = new List<Item>();
        try
        {
            var entries = new FileSystemEnumerable<Item>(
                path,
                (ref FileSystemEntry entry) => ToItem(entry.FileName, entry.IsDirectory, path, keyPrefix),
                new EnumerationOptions { IgnoreInaccessible = false, AttributesToSkip = 0, RecurseSubdirectories = false });
            items.AddRange(entries.Where(CanHoldWanted));
        }
        catch (IOException) when (!Directory.Exists(path))
        {
            return []; // nothing of that prefix, or emptied meanwhile
        }

        return items;
    }

    private static Item ToItem(ReadOnlySpan<char> name, bool isFolder, string path, string keyPrefix)
    {
        string itemPath = Path.Join(path, name);
        if (!isFolder)
        {
            return new Item(string.Concat(keyPrefix, name), itemPath, IsFolder: false, IsShard: false);
        }

        bool isShard = name.Length > 0 && name[^1] == FolderLayout.ShardMark;
        return isShard
            ? new Item(string.Concat(keyPrefix, name[..^1]), itemPath, IsFolder: true, IsShard: true)
            : new Item(string.Concat(keyPrefix, name, "/"), itemPath, IsFolder: true, IsShard: false);
    }

    private bool CanHoldWanted(Item item)
    {
        if (!item.IsFolder)
        {
            return item.Key.StartsWith(_prefix, StringComparison.Ordinal) && string.CompareOrdinal(item.Key, _after) > 0;
        }

        bool fitsPrefix = item.Key.StartsWith(_prefix, StringComparison.Ordinal) || _prefix.StartsWith(item.Key, StringComparison.Ordinal);
        return fitsPrefix && (string.CompareOrdinal(item.Key, _after) > 0 || _after.StartsWith(item.Key, StringComparison.Ordinal));
    }

    // Key: the blob's name; for a folder what all names in it start with.
    private readonly record struct Item(string Key, string Path, bool IsFolder, bool IsShard);
}
