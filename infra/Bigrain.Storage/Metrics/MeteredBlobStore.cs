using System.Runtime.CompilerServices;
using Bigrain.Index.Blobs;

namespace Bigrain.Storage.Metrics;

/// <summary>Records time, outcome and bytes of every operation of a store.</summary>
/// <param name="inner">The store.</param>
/// <param name="instruments">The metrics.</param>
/// <param name="time">Measures.</param>
public sealed class MeteredBlobStore(IBlobStore inner, StorageInstruments instruments, TimeProvider time) : IBlobStore
{
    private const string Ok = "ok";
    private const string None = "none";

    /// <inheritdoc/>
    public async ValueTask<BlobContent?> ReadAsync(string name, CancellationToken cancellationToken)
    {
        BlobContent? content = await MeasureAsync(
            "read", inner.ReadAsync(name, cancellationToken), static result => result is null ? None : Ok).ConfigureAwait(false);
        instruments.AddRead("read", content?.Bytes.Length ?? 0);
        return content;
    }

    /// <inheritdoc/>
    public async ValueTask<int?> ReadRangeAsync(string name, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        int? count = await MeasureAsync(
            "range", inner.ReadRangeAsync(name, offset, destination, cancellationToken), static result => result is null ? None : Ok).ConfigureAwait(false);
        instruments.AddRead("range", count ?? 0);
        return count;
    }

    /// <inheritdoc/>
    public ValueTask<BlobProperties?> GetPropertiesAsync(string name, CancellationToken cancellationToken) =>
        MeasureAsync("stat", inner.GetPropertiesAsync(name, cancellationToken), static result => result is null ? None : Ok);

    /// <inheritdoc/>
    public async ValueTask<BlobTag?> CreateAsync(string name, Stream content, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(content);
        long bytes = content.Length - content.Position;
        BlobTag? tag = await MeasureAsync(
            "create", inner.CreateAsync(name, content, cancellationToken), static result => result is null ? None : Ok).ConfigureAwait(false);
        instruments.AddWritten("create", tag is null ? 0 : bytes);
        return tag;
    }

    /// <inheritdoc/>
    public ValueTask<BlobTag?> CopyAsync(string from, string to, CancellationToken cancellationToken) =>
        MeasureAsync("copy", inner.CopyAsync(from, to, cancellationToken), static result => result is null ? None : Ok);

    /// <inheritdoc/>
    public async ValueTask<BlobTag?> ReplaceAsync(
        string name, BlobTag expected, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        BlobTag? tag = await MeasureAsync(
            "replace", inner.ReplaceAsync(name, expected, content, cancellationToken), static result => result is null ? None : Ok).ConfigureAwait(false);
        instruments.AddWritten("replace", tag is null ? 0 : content.Length);
        return tag;
    }

    /// <inheritdoc/>
    public ValueTask<bool> DeleteAsync(string name, BlobTag? expected, CancellationToken cancellationToken) =>
        MeasureAsync("delete", inner.DeleteAsync(name, expected, cancellationToken), static result => result ? Ok : None);

    /// <inheritdoc/>
    public async IAsyncEnumerable<BlobEntry> ListAsync(
        string prefix, string? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // The time between two entries is the consumer's: only waiting for the store counts.
        await using IAsyncEnumerator<BlobEntry> entries = inner.ListAsync(prefix, after, cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (await MeasureAsync("list", entries.MoveNextAsync(), static result => result ? Ok : None).ConfigureAwait(false))
        {
            yield return entries.Current;
        }
    }

    private async ValueTask<T> MeasureAsync<T>(string operation, ValueTask<T> running, Func<T, string> outcomeOf)
    {
        if (running.IsCompletedSuccessfully && operation == "list")
        {
            return running.Result; // an entry of a page that is already here
        }

        long start = time.GetTimestamp();
        string outcome = "error";
        try
        {
            T result = await running.ConfigureAwait(false);
            outcome = outcomeOf(result);
            return result;
        }
        catch (BlobStoreException error)
        {
            outcome = NameOf(error.Failure);
            throw;
        }
        catch (OperationCanceledException)
        {
            outcome = "cancelled";
            throw;
        }
        finally
        {
            instruments.RecordOperation(operation, outcome, time.GetElapsedTime(start));
        }
    }

    private static string NameOf(BlobFailure failure) => failure switch
    {
        BlobFailure.Transient => "transient",
        BlobFailure.OutcomeUnknown => "outcome_unknown",
        BlobFailure.Full => "full",
        BlobFailure.Denied => "denied",
        BlobFailure.SourceMissing => "source_missing",
        _ => "permanent",
    };
}
