using System.Globalization;
using Bigrain.Index.Blobs;
using Microsoft.Win32.SafeHandles;

namespace Bigrain.Storage.LocalFolder;

/// <summary>Tag of a file: its modification time and length.</summary>
/// <remarks>The time is set by the store before the file is published: always later than that of the content it replaces and than
/// every other time this store has given, so two writes of equal content differ. Content and tag are read through one handle,
/// and a published file is never written again, so they belong together.</remarks>
internal static class FolderTags
{
    public static BlobTag Of(SafeFileHandle file) => Of(File.GetLastWriteTimeUtc(file), RandomAccess.GetLength(file));

    public static BlobTag Of(DateTime modified, long length) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{modified.Ticks:x}-{length:x}"));

    /// <summary>Modification time within a tag; the earliest time when it is no tag of a folder.</summary>
    public static DateTime ModifiedOf(BlobTag tag)
    {
        int dash = tag.Value.IndexOf('-', StringComparison.Ordinal);
        return dash > 0
            && long.TryParse(tag.Value.AsSpan(0, dash), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long ticks)
            && ticks > 0 && ticks < DateTime.MaxValue.Ticks
            ? new DateTime(ticks, DateTimeKind.Utc)
            : DateTime.UnixEpoch;
    }
}
