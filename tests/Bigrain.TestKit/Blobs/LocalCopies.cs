using Bigrain.Index.Blobs;
using Bigrain.TestKit.Files;

namespace Bigrain.TestKit.Blobs;

/// <summary>Local copies of blobs of any store, copied anew at each opening, so that what happened to the blob is seen.</summary>
public sealed class LocalCopies(IBlobStore store) : ILocalFiles, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private int _number;

    /// <summary>Copies that were opened and not disposed.</summary>
    public int OpenCount { get; private set; }

    public async ValueTask<LocalFile?> OpenAsync(string blobName, CancellationToken cancellationToken)
    {
        BlobContent? content = await store.ReadAsync(blobName, cancellationToken);
        if (content is null)
        {
            return null;
        }

        string path = _folder.Combine(FormattableString.Invariant($"{Interlocked.Increment(ref _number)}"));
        await File.WriteAllBytesAsync(path, content.Bytes, cancellationToken);
        OpenCount++;
        return new LocalFile(path, content.Bytes.Length, () =>
        {
            OpenCount--;
            File.Delete(path);
        });
    }

    public void Dispose() => _folder.Dispose();
}
