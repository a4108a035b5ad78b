using Bigrain.Contracts;
using Bigrain.Contracts.Streams;
using Bigrain.Grains.Collections;
using Bigrain.Grains.Placement;
using Bigrain.Grains.Replicas;
using Bigrain.Index.Blobs;
using Bigrain.Index.Documents;
using Bigrain.Index.Errors;
using Bigrain.Index.Log;
using Bigrain.Index.Randomness;
using Microsoft.Extensions.Logging;

namespace Bigrain.Grains.Streams;

/// <summary>The writer of one stream: a shell over <see cref="LogWriter"/>.</summary>
#pragma warning disable CA1001 // an activation ends in OnDeactivateAsync, not in Dispose
[GrainType("bigrain.writer")]
[RendezvousPlacement]
internal sealed class StreamWriterGrain(
    IBlobStore store,
    CollectionDirectory directory,
    LogWriterOptions options,
    TimeProvider time,
    IRandomSource random,
    IIdHash idHash,
    SiloMap silos,
    ReplicaView view,
    PlacedGrains placed,
    ILogger<EntryPusher> logger) : PlacedGrain(placed), IStreamWriterGrain
#pragma warning restore CA1001
{
    private StreamKey _key;
    private EntryPusher? _pusher;
    private Task<LogWriter>? _opening;
    private bool _isWrittenTo;

    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        // Opening reads the log: an activation must not wait for that.
        _key = StreamKey.Parse(this.GetPrimaryKeyString());
        _pusher = new EntryPusher(_key, GrainFactory, directory, silos, view, time, logger);
        return base.OnActivateAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (_opening is { } opening)
        {
            await ((Task)opening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            if (opening.IsCompletedSuccessfully)
            {
                await opening.Result.DisposeAsync();
            }
        }

        if (_pusher is { } pusher)
        {
            await pusher.DisposeAsync();
        }

        await base.OnDeactivateAsync(reason, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<WriteReply> WriteAsync(string collection, PackedBytes batch, CancellationToken cancellationToken)
    {
        _isWrittenTo = true;
        _pusher!.Follow(collection);
        try
        {
            LogWriter writer = await OpenedAsync(cancellationToken);
            return new WriteReply(_key.Stream, await writer.WriteAsync(batch.Bytes, cancellationToken));
        }
        catch (BigrainException error) when (error.Code == ErrorCode.Fenced)
        {
            // A newer owner exists. The next call opens the stream again, and becomes the newest if that one is gone.
            DeactivateOnIdle();
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<ConditionalWriteReply> WriteIfAsync(
        string collection, PackedBytes batch, PackedBytes conditions, CancellationToken cancellationToken)
    {
        _isWrittenTo = true;
        _pusher!.Follow(collection);
        try
        {
            LogWriter writer = await OpenedAsync(cancellationToken);
            writer.VersionReader ??= new VersionSource(_key, collection, GrainFactory, directory, silos, idHash, time).ReadAsync;
            ConditionalWrite written = await writer.WriteAsync(batch.Bytes, [.. WriteCondition.Decode(conditions.Bytes)], cancellationToken);
            return new ConditionalWriteReply(
                _key.Stream, written.Sequence, written.Conflicts.IsEmpty ? null : new PackedBytes(WriteCondition.Encode(written.Conflicts)));
        }
        catch (BigrainException error) when (error.Code == ErrorCode.Fenced)
        {
            DeactivateOnIdle();
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<long> TrimAsync(long floor, CancellationToken cancellationToken)
    {
        try
        {
            LogWriter writer = await OpenedAsync(cancellationToken);
            return await new LogTrimmer(store, time, _key, options.DedupeWindow).TrimAsync(writer, floor, cancellationToken);
        }
        catch (BigrainException error) when (error.Code == ErrorCode.Fenced)
        {
            DeactivateOnIdle();
            throw;
        }
        finally
        {
            // A stream that nobody writes to was opened for this alone.
            if (!_isWrittenTo)
            {
                DeactivateOnIdle();
            }
        }
    }

    private Task<LogWriter> OpenedAsync(CancellationToken cancellationToken)
    {
        if (_opening is null or { IsFaulted: true } or { IsCanceled: true })
        {
            _opening = OpenAsync();
        }

        return _opening.WaitAsync(cancellationToken);
    }

    private async Task<LogWriter> OpenAsync()
    {
        LogWriter writer = await LogWriter.OpenAsync(_key, store, time, random, options, _pusher!.Add, CancellationToken.None);
        _pusher!.Speak(writer);
        writer.BackPressure = () => _pusher.HoldsBack ? options.RetryAfter : null;
        return writer;
    }
}
