using System.Runtime.CompilerServices;
using Azure;
using Azure.Core;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Bigrain.Index.Blobs;
using Bigrain.Index.Errors;
using Bigrain.Index.Randomness;
using Microsoft.Extensions.Logging;
using AccountProperties = Azure.Storage.Blobs.Models.BlobProperties;
using BlobProperties = Bigrain.Index.Blobs.BlobProperties;

namespace Bigrain.Storage.AzureBlobs;

/// <summary>Blobs in one container of an Azure storage account (flat namespace) or of Azurite.</summary>
/// <remarks>
/// <para>Thread safe. Reads and block uploads are repeated by the client library; a conditional write is one attempt. Each write carries an
/// id in the blob's metadata: when an attempt fails, or its condition is lost, the id of the present blob tells whether it was this very
/// write that won.</para>
/// <para>The client library's CRC64 transfer validation must stay off: emulators store its framing as content. Every blob carries its own
/// checksums.</para>
/// </remarks>
public sealed partial class AzureBlobStore : IBlobStore, IDisposable
{
    // Production and emulator speak the same version, whatever the default of the client library is.
    private const BlobClientOptions.ServiceVersion Version = BlobClientOptions.ServiceVersion.V2025_11_05;
    private const string WriteIdKey = "bigrainwrite";
    private static readonly TimeSpan FirstRetryDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan CopyPollDelay = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestRetryDelay = TimeSpan.FromSeconds(5);

    private readonly AzureBlobOptions _options;
    private readonly BlobContainerClient _reads;
    private readonly BlobContainerClient _writes;
    private readonly TimeProvider _time;
    private readonly IRandomSource _random;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _containerGate = new(1, 1);
    private volatile bool _isContainerReady;

    /// <summary>Makes the store; the container is looked for at the first call.</summary>
    /// <param name="options">Settings, validated.</param>
    /// <param name="time">Pauses between two looks at a copy that is under way.</param>
    /// <param name="random">Ids of writes.</param>
    /// <param name="logger">Receives state changes.</param>
    public AzureBlobStore(AzureBlobOptions options, TimeProvider time, IRandomSource random, ILogger<AzureBlobStore> logger)
        : this(options, time, random, logger, transport: null)
    {
    }

    internal AzureBlobStore(
        AzureBlobOptions options,
        TimeProvider time,
        IRandomSource random,
        ILogger logger,
        Azure.Core.Pipeline.HttpPipelineTransport? transport)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _time = time;
        _random = random;
        _logger = logger;
        try
        {
            _reads = new BlobContainerClient(options.ConnectionString, options.Container, ClientOptions(options.ReadRetryCount, transport));
            _writes = new BlobContainerClient(options.ConnectionString, options.Container, ClientOptions(retryCount: 0, transport));
        }
        catch (FormatException error)
        {
            // It is a secret: the message does not repeat it.
            throw new BigrainException(
                ErrorCode.InvalidArgument,
                "the connection string of the blob storage cannot be read: copy it as the storage account shows it, "
                + "DefaultEndpointsProtocol=https;AccountName=...;AccountKey=...",
                "blob",
                error);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<BlobContent?> ReadAsync(string name, CancellationToken cancellationToken)
    {
        BlobNames.ThrowIfInvalid(name);
        try
        {
            await EnsureContainerAsync(cancellationToken).ConfigureAwait(false);
            Response<BlobDownloadStreamingResult> response = await _reads.GetBlobClient(name)
                .DownloadStreamingAsync(options: null, cancellationToken).ConfigureAwait(false);
            using BlobDownloadStreamingResult download = response.Value;
            byte[] bytes = GC.AllocateUninitializedArray<byte>(checked((int)download.Details.ContentLength));
            await download.Content.ReadExactlyAsync(bytes, cancellationToken).ConfigureAwait(false);
            return new BlobContent(bytes, TagOf(download.Details.ETag));
        }
        catch (RequestFailedException error) when (error.Status == 404)
        {
            return null;
        }
        catch (Exception error) when (AzureErrors.IsStoreError(error, cancellationToken))
        {
            throw AzureErrors.Translate("read", name, error, isWrite: false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<int?> ReadRangeAsync(string name, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        BlobNames.ThrowIfInvalid(name);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        if (destination.IsEmpty)
        {
            return await GetPropertiesAsync(name, cancellationToken).ConfigureAwait(false) is null ? null : 0;
        }

        try
        {
            await EnsureContainerAsync(cancellationToken).ConfigureAwait(false);
            var options = new BlobDownloadOptions { Range = new HttpRange(offset, destination.Length) };
            Response<BlobDownloadStreamingResult> response = await _reads.GetBlobClient(name)
                .DownloadStreamingAsync(options, cancellationToken).ConfigureAwait(false);
            using BlobDownloadStreamingResult download = response.Value;
            int length = (int)Math.Min(download.Details.ContentLength, destination.Length);
            await download.Content.ReadExactlyAsync(destination[..length], cancellationToken).ConfigureAwait(false);
            return length;
        }
        catch (RequestFailedException error) when (error.Status is 404 or 416)
        {
            return error.Status == 404 ? null : 0;
        }
        catch (Exception error) when (AzureErrors.IsStoreError(error, cancellationToken))
        {
            throw AzureErrors.Translate("read", name, error, isWrite: false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<BlobProperties?> GetPropertiesAsync(string name, CancellationToken cancellationToken)
    {
        BlobNames.ThrowIfInvalid(name);
        try
        {
            await EnsureContainerAsync(cancellationToken).ConfigureAwait(false);
            AccountProperties? properties = await PropertiesAsync(name, cancellationToken).ConfigureAwait(false);
            return properties is null ? null : new BlobProperties(TagOf(properties.ETag), properties.ContentLength);
        }
        catch (Exception error) when (AzureErrors.IsStoreError(error, cancellationToken))
        {
            throw AzureErrors.Translate("stat", name, error, isWrite: false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<BlobTag?> CreateAsync(string name, Stream content, CancellationToken cancellationToken)
    {
        BlobNames.ThrowIfInvalid(name);
        ArgumentNullException.ThrowIfNull(content);
        return await WriteAsync("create", name, content, new BlobRequestConditions { IfNoneMatch = ETag.All }, cancellationToken)
            .ConfigureAwait(false);
    }

    /// <inheritdoc/>
    /// <remarks>The account copies by itself, which it does at once for blobs of its own; where it takes longer, the copy is waited for. A
    /// name whose copy failed on the way is removed before this returns, and one that is still being copied by somebody else is waited for.</remarks>
    public async ValueTask<BlobTag?> CopyAsync(string from, string to, CancellationToken cancellationToken)
    {
        BlobNames.ThrowIfInvalid(from);
        BlobNames.ThrowIfInvalid(to);
        string writeId = $"{_random.NextUInt64():x16}{_random.NextUInt64():x16}";
        bool isSent = false;
        try
        {
            await EnsureContainerAsync(cancellationToken).ConfigureAwait(false);
            if (await SettledAsync(to, cancellationToken).ConfigureAwait(false) is not null)
            {
                return null;
            }

            isSent = true;
            var options = new BlobCopyFromUriOptions
            {
                DestinationConditions = new BlobRequestConditions { IfNoneMatch = ETag.All },
                Metadata = new Dictionary<string, string> { [WriteIdKey] = writeId },
            };
            await _writes.GetBlobClient(to).StartCopyFromUriAsync(_reads.GetBlobClient(from).Uri, options, cancellationToken).ConfigureAwait(false);
            AccountProperties? copied = await SettledAsync(to, cancellationToken).ConfigureAwait(false);
            return copied is null
                ? throw new BlobStoreException("copy", to, BlobFailure.Transient, new IOException("the account gave the copy up"))
                : TagOf(copied.ETag);
        }
        catch (RequestFailedException error) when (error.Status == 404)
        {
            throw new BlobStoreException("copy", from, BlobFailure.SourceMissing, error);
        }
        catch (RequestFailedException error) when (AzureErrors.IsConditionLost(error))
        {
            return await ResolveLostAsync("copy", to, writeId, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (AzureErrors.IsStoreError(error, cancellationToken))
        {
            return await ResolveAsync(AzureErrors.Translate("copy", to, error, isSent), writeId, error, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<BlobTag?> ReplaceAsync(
        string name, BlobTag expected, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        BlobNames.ThrowIfInvalid(name);
        using MemoryStream stream = ContentStream.Of(content);
        return await WriteAsync("replace", name, stream, new BlobRequestConditions { IfMatch = new ETag(expected.Value) }, cancellationToken)
            .ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<bool> DeleteAsync(string name, BlobTag? expected, CancellationToken cancellationToken)
    {
        BlobNames.ThrowIfInvalid(name);
        try
        {
            await EnsureContainerAsync(cancellationToken).ConfigureAwait(false);
            BlobRequestConditions? conditions = expected is { } tag ? new BlobRequestConditions { IfMatch = new ETag(tag.Value) } : null;
            Response<bool> response = await _writes.GetBlobClient(name)
                .DeleteIfExistsAsync(DeleteSnapshotsOption.None, conditions, cancellationToken).ConfigureAwait(false);
            return response.Value;
        }
        catch (RequestFailedException error) when (error.Status == 404 || AzureErrors.IsConditionLost(error))
        {
            return false;
        }
        catch (Exception error) when (AzureErrors.IsStoreError(error, cancellationToken))
        {
            throw AzureErrors.Translate("delete", name, error, isWrite: true);
        }
    }

    /// <inheritdoc/>
    /// <remarks>The account cannot start in the middle: names up to <paramref name="after"/> are listed and dropped here, 5,000 a request.</remarks>
    public async IAsyncEnumerable<BlobEntry> ListAsync(
        string prefix, string? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        BlobNames.ThrowIfInvalidPrefix(prefix);
        cancellationToken.ThrowIfCancellationRequested();
        var options = new GetBlobsOptions { Prefix = prefix };
        await using IAsyncEnumerator<BlobItem> items = _reads.GetBlobsAsync(options, cancellationToken).GetAsyncEnumerator(cancellationToken);
        string previous = string.Empty;
        while (await NextAsync(items, prefix, cancellationToken).ConfigureAwait(false) is { } item)
        {
            if (string.CompareOrdinal(item.Name, previous) < 0)
            {
                throw new BlobStoreException("list", prefix, BlobFailure.Permanent, new InvalidDataException(
                    $"the account listed '{item.Name}' after '{previous}': accounts with a hierarchical namespace are not supported, use a flat one"));
            }

            previous = item.Name;
            if (after is null || string.CompareOrdinal(item.Name, after) > 0)
            {
                yield return new BlobEntry(item.Name, item.Properties.ContentLength ?? 0, item.Properties.LastModified ?? DateTimeOffset.UnixEpoch);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _containerGate.Dispose();

    private async ValueTask<BlobItem?> NextAsync(IAsyncEnumerator<BlobItem> items, string prefix, CancellationToken cancellationToken)
    {
        try
        {
            await EnsureContainerAsync(cancellationToken).ConfigureAwait(false);
            return await items.MoveNextAsync().ConfigureAwait(false) ? items.Current : null;
        }
        catch (Exception error) when (AzureErrors.IsStoreError(error, cancellationToken))
        {
            throw AzureErrors.Translate("list", prefix, error, isWrite: false);
        }
    }

    private async ValueTask<BlobTag?> WriteAsync(
        string operation, string name, Stream content, BlobRequestConditions conditions, CancellationToken cancellationToken)
    {
        string writeId = $"{_random.NextUInt64():x16}{_random.NextUInt64():x16}";
        bool isSent = false;
        try
        {
            await EnsureContainerAsync(cancellationToken).ConfigureAwait(false);
            var metadata = new Dictionary<string, string> { [WriteIdKey] = writeId };
            BlockBlobClient blob = _writes.GetBlockBlobClient(name);
            if (content.Length - content.Position <= _options.BlockBytes)
            {
                isSent = true;
                var options = new BlobUploadOptions { Conditions = conditions, Metadata = metadata };
                Response<BlobContentInfo> put = await blob.UploadAsync(content, options, cancellationToken).ConfigureAwait(false);
                return TagOf(put.Value.ETag);
            }

            var upload = new BlockUpload(_reads.GetBlockBlobClient(name), writeId, _options.BlockBytes, _options.UploadBlockCount);
            List<string> blocks = await upload.StageAsync(content, cancellationToken).ConfigureAwait(false);
            isSent = true;
            var commit = new CommitBlockListOptions { Conditions = conditions, Metadata = metadata };
            Response<BlobContentInfo> committed = await blob.CommitBlockListAsync(blocks, commit, cancellationToken).ConfigureAwait(false);
            return TagOf(committed.Value.ETag);
        }
        catch (RequestFailedException error) when (AzureErrors.IsConditionLost(error) || (error.Status == 404 && operation == "replace"))
        {
            return error.Status == 404 ? null : await ResolveLostAsync(operation, name, writeId, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (AzureErrors.IsStoreError(error, cancellationToken))
        {
            BlobStoreException failure = AzureErrors.Translate(operation, name, error, isSent);
            return await ResolveAsync(failure, writeId, error, cancellationToken).ConfigureAwait(false);
        }
    }

    // Waits for a copy that is under way; a name whose copy failed holds nothing and is removed.
    private async ValueTask<AccountProperties?> SettledAsync(string name, CancellationToken cancellationToken)
    {
        while (true)
        {
            AccountProperties? present = await PropertiesAsync(name, cancellationToken).ConfigureAwait(false);
            switch (present?.BlobCopyStatus)
            {
                case CopyStatus.Pending:
                    await Task.Delay(CopyPollDelay, _time, cancellationToken).ConfigureAwait(false);
                    break;
                case CopyStatus.Failed or CopyStatus.Aborted:
                    await _writes.GetBlobClient(name).DeleteIfExistsAsync(
                        DeleteSnapshotsOption.None, new BlobRequestConditions { IfMatch = present.ETag }, cancellationToken).ConfigureAwait(false);
                    break;
                default:
                    return present;
            }
        }
    }

    // One attempt from here, but what lies on the way may have repeated it, and the second lost against the first.
    private async ValueTask<BlobTag?> ResolveLostAsync(string operation, string name, string writeId, CancellationToken cancellationToken)
    {
        try
        {
            return await OwnWriteAsync(operation, name, writeId, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (AzureErrors.IsStoreError(error, cancellationToken))
        {
            throw new BlobStoreException(operation, name, BlobFailure.OutcomeUnknown, error);
        }
    }

    // After a failed attempt: it happened when the blob carries its id. When it does not, the request may still be on its way.
    private async ValueTask<BlobTag?> ResolveAsync(
        BlobStoreException failure, string writeId, Exception error, CancellationToken cancellationToken)
    {
        bool isBlockListGone = error is RequestFailedException { ErrorCode: "InvalidBlockList" };
        if (failure.Failure != BlobFailure.OutcomeUnknown && !isBlockListGone)
        {
            throw failure;
        }

        try
        {
            if (await OwnWriteAsync(failure.Operation, failure.BlobName, writeId, cancellationToken).ConfigureAwait(false) is { } tag)
            {
                return tag;
            }

            // Another creator's commit drops the blocks of this one: it lost the race.
            if (isBlockListGone && await PropertiesAsync(failure.BlobName, cancellationToken).ConfigureAwait(false) is not null)
            {
                return null;
            }
        }
        catch (Exception second) when (AzureErrors.IsStoreError(second, cancellationToken))
        {
            // Cannot be resolved now: the first failure stands.
        }

        throw failure;
    }

    private async ValueTask<BlobTag?> OwnWriteAsync(string operation, string name, string writeId, CancellationToken cancellationToken)
    {
        AccountProperties? present = await PropertiesAsync(name, cancellationToken).ConfigureAwait(false);
        if (present is null || !present.Metadata.TryGetValue(WriteIdKey, out string? id) || id != writeId)
        {
            return null;
        }

        LogHadHappened(_logger, operation, name);
        return TagOf(present.ETag);
    }

    private async ValueTask<AccountProperties?> PropertiesAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return await _reads.GetBlobClient(name).GetPropertiesAsync(conditions: null, cancellationToken).ConfigureAwait(false);
        }
        catch (RequestFailedException error) when (error.Status == 404)
        {
            return null;
        }
    }

    private async ValueTask EnsureContainerAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_isContainerReady)
        {
            return;
        }

        await _containerGate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!_isContainerReady)
            {
                if (!await _reads.ExistsAsync(cancellationToken).ConfigureAwait(false))
                {
                    await _reads.CreateIfNotExistsAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
                }

                LogContainer(_logger, _reads.Name, _reads.AccountName);
                _isContainerReady = true;
            }
        }
        finally
        {
            _containerGate.Release();
        }
    }

    private BlobClientOptions ClientOptions(int retryCount, Azure.Core.Pipeline.HttpPipelineTransport? transport)
    {
        var options = new BlobClientOptions(Version);
        options.Retry.Mode = RetryMode.Exponential;
        options.Retry.MaxRetries = retryCount;
        options.Retry.Delay = FirstRetryDelay;
        options.Retry.MaxDelay = LongestRetryDelay;
        options.Retry.NetworkTimeout = _options.AttemptTimeout;
        options.Diagnostics.IsLoggingEnabled = false;
        if (transport is not null)
        {
            options.Transport = transport;
        }

        return options;
    }

    private static BlobTag TagOf(ETag tag) => new(tag.ToString());
}
