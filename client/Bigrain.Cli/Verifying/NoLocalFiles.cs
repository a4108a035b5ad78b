using Bigrain.Index.Blobs;

namespace Bigrain.Cli.Verifying;

/// <summary>No local copies: everything is read from the store.</summary>
internal sealed class NoLocalFiles : ILocalFiles
{
    /// <inheritdoc/>
    public ValueTask<LocalFile?> OpenAsync(string blobName, CancellationToken cancellationToken) => ValueTask.FromResult<LocalFile?>(null);
}
