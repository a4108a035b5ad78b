namespace Bigrain.Index.Blobs;

/// <summary>Conditional writes whose outcome is known when they return: an unknown outcome is settled by writing the same bytes again and reading the name.</summary>
/// <remarks>Callers make their bytes unique (an owner, an incarnation, an epoch), so that finding them means having written them.</remarks>
/// <param name="store">The store.</param>
/// <param name="time">Clock for the pauses between attempts.</param>
internal sealed class SettledWrites(IBlobStore store, TimeProvider time)
{
    private const int Attempts = 4;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(10);

    /// <summary>Creates a blob.</summary>
    /// <returns>The tag when the blob holds <paramref name="content"/>; otherwise what stands there instead, null if it went away again.</returns>
    /// <exception cref="BlobStoreException">The outcome could not be settled, or the store refused.</exception>
    public Task<SettledWrite> CreateAsync(string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        WriteAsync(name, content, token => store.CreateAsync(name, content, token), cancellationToken);

    /// <summary>Replaces a blob whose tag is still <paramref name="expected"/>.</summary>
    /// <returns>The tag when the blob holds <paramref name="content"/>; otherwise what stands there instead.</returns>
    /// <exception cref="BlobStoreException">The outcome could not be settled, or the store refused.</exception>
    public Task<SettledWrite> ReplaceAsync(string name, BlobTag expected, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        WriteAsync(name, content, token => store.ReplaceAsync(name, expected, content, token), cancellationToken);

    /// <summary>Deletes a blob whose tag is still <paramref name="expected"/>.</summary>
    /// <returns>Whether it is gone; false when it was replaced.</returns>
    /// <exception cref="BlobStoreException">The outcome could not be settled, or the store refused.</exception>
    public async Task<bool> DeleteAsync(string name, BlobTag expected, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                if (await store.DeleteAsync(name, expected, cancellationToken))
                {
                    return true;
                }
            }
            catch (BlobStoreException failure) when (attempt < Attempts && MayPass(failure))
            {
                await PauseAsync(attempt, cancellationToken);
            }

            BlobProperties? found = await ReadAsync(token => store.GetPropertiesAsync(name, token), cancellationToken);
            if (found is null || found.Tag != expected)
            {
                return found is null;
            }
        }
    }

    /// <summary>Runs a call that changes nothing, again after transient failures.</summary>
    public async Task<T> ReadAsync<T>(Func<CancellationToken, ValueTask<T>> read, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return await read(cancellationToken);
            }
            catch (BlobStoreException failure) when (attempt < Attempts && MayPass(failure))
            {
                await PauseAsync(attempt, cancellationToken);
            }
        }
    }

    private static bool MayPass(BlobStoreException failure) => failure.Failure is BlobFailure.Transient or BlobFailure.OutcomeUnknown;

    private async Task<SettledWrite> WriteAsync(
        string name, ReadOnlyMemory<byte> content, Func<CancellationToken, ValueTask<BlobTag?>> write, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            BlobStoreException? failure = null;
            try
            {
                if (await write(cancellationToken) is { } written)
                {
                    return new SettledWrite(written, null);
                }
            }
            catch (BlobStoreException caught) when (MayPass(caught))
            {
                failure = caught;
            }

            // The condition was lost, perhaps to an earlier attempt of ours whose reply was lost; or nobody knows.
            if (failure is not { Failure: BlobFailure.Transient })
            {
                BlobContent? found = await ReadAsync(token => store.ReadAsync(name, token), cancellationToken);
                if (found is not null && found.Bytes.Span.SequenceEqual(content.Span))
                {
                    return new SettledWrite(found.Tag, null);
                }

                if (failure is null)
                {
                    return new SettledWrite(null, found);
                }
            }

            // Not there, but it may still arrive: the same bytes again, so that it does not matter which one wins.
            if (attempt == Attempts)
            {
                throw failure;
            }

            await PauseAsync(attempt, cancellationToken);
        }
    }

    private Task PauseAsync(int attempt, CancellationToken cancellationToken) =>
        Task.Delay(FirstPause * (1 << (attempt - 1)), time, cancellationToken);
}
