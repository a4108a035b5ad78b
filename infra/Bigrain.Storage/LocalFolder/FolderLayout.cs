using Bigrain.Index.Blobs;

namespace Bigrain.Storage.LocalFolder;

/// <summary>Where a blob lies under the root; source of truth: docs/formats/local-folder.md.</summary>
/// <remarks>A blob <c>a/b/c</c> is the file <c>blobs/a/b/c</c>. A last part of exactly 20 digits (a log blob) is split: its first
/// 17 digits and a <c>+</c> name a folder, its last 3 the file. No folder then grows past 1,000 log blobs, and a listing
/// from a sequence on reads only what comes after it. <c>+</c> cannot stand in a blob name.</remarks>
internal sealed class FolderLayout
{
    public const char ShardMark = '+';
    private const int SequenceDigits = 20;
    private const int FileDigits = 3;

    public FolderLayout(string root)
    {
        Root = Path.GetFullPath(root);
        Blobs = Path.Combine(Root, "blobs");
        Temporary = Path.Combine(Root, "tmp");
        Locks = Path.Combine(Root, "locks");
    }

    public string Root { get; }

    /// <summary>Folder of the blobs.</summary>
    public string Blobs { get; }

    /// <summary>Folder of files not published yet.</summary>
    public string Temporary { get; }

    /// <summary>Folder of the lock files.</summary>
    public string Locks { get; }

    public string PathOf(string blobName)
    {
        BlobNames.ThrowIfInvalid(blobName);
        int partStart = blobName.LastIndexOf('/') + 1;
        ReadOnlySpan<char> part = blobName.AsSpan(partStart);
        if (part.Length == SequenceDigits && !part.ContainsAnyExceptInRange('0', '9'))
        {
            int cut = blobName.Length - FileDigits;
            return string.Concat(Blobs, "/", blobName.AsSpan(0, cut), $"{ShardMark}/{blobName.AsSpan(cut)}");
        }

        return string.Concat(Blobs, "/", blobName);
    }
}
