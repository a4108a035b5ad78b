using System.Collections.Immutable;
using Bigrain.Contracts;
using Bigrain.Contracts.Streams;
using Bigrain.Grains.Collections;
using Bigrain.Grains.Faults;
using Bigrain.Index.Documents;
using Bigrain.Index.Errors;
using Bigrain.Index.Log;
using Bigrain.Index.Randomness;
using Bigrain.Index.Schema;
using Bigrain.Index.Segments;
using Bigrain.Silo.Problems;
using Microsoft.Extensions.Options;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace Bigrain.Silo.Http;

/// <summary>Sends the shares of a request to the writers of their streams and waits until all are durable.</summary>
/// <remarks>A writer may move, be fenced or freeze while a share is on its way: the very same bytes are sent again until the
/// deadline. They carry a batch id, so that however often they arrive they are written once.</remarks>
internal sealed class DocumentWriter
{
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    private readonly IGrainFactory _grains;
    private readonly TimeProvider _time;
    private readonly TimeSpan _deadline;
    private readonly ResiliencePipeline _pipeline;

    /// <summary>Makes a writer.</summary>
    public DocumentWriter(IGrainFactory grains, IOptions<WriteDeadlineOptions> options, TimeProvider time, IRandomSource random)
    {
        _grains = grains;
        _time = time;
        _deadline = options.Value.Deadline;
        _pipeline = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = int.MaxValue,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Randomizer = () => (random.NextUInt64() >> 11) * (1.0 / (1UL << 53)),
                Delay = FirstWait,
                MaxDelay = LongestWait,
                ShouldHandle = static attempt => ValueTask.FromResult(attempt.Outcome.Exception is { } error && IsWorthAnotherTry(error)),
            })
            .AddTimeout(new TimeoutStrategyOptions { Timeout = options.Value.TryTime })
            .Build();
    }

    /// <summary>Writes a request.</summary>
    /// <param name="collection">Where to.</param>
    /// <param name="shares">The rows by stream.</param>
    /// <param name="timeout">How long the sender waits; null when it does not say.</param>
    /// <param name="cancellationToken">Stops waiting; the rows may still become durable.</param>
    /// <returns>The token that covers it.</returns>
    /// <exception cref="BigrainException">No stream confirmed its share.</exception>
    /// <exception cref="RowsFailedException">Some streams did not confirm their share, or refused it for the versions of its documents; it
    /// lists the rows that were not written.</exception>
    public async Task<WriteToken> WriteAsync(
        CollectionSnapshot collection, ImmutableArray<StreamShare> shares, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        CollectionIncarnation incarnation = collection.Head.Incarnation;
        using var deadline = new CancellationTokenSource(timeout < _deadline ? timeout.Value : _deadline, _time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        (StreamShare Share, long Sequence, BigrainException? Error)[] outcomes = await Task.WhenAll(
            shares.Select(share => WriteShareAsync(collection, share, linked.Token)));
        cancellationToken.ThrowIfCancellationRequested();
        List<(StreamShare Share, long Sequence, BigrainException? Error)> failed = [.. outcomes.Where(outcome => outcome.Error is not null)];
        if (failed.Count == outcomes.Length && !failed.Exists(outcome => outcome.Error!.Code == ErrorCode.Conflict))
        {
            throw failed[0].Error!;
        }

        if (failed.Count > 0)
        {
            // What sending again may mend comes first: only then do conflicts stand by themselves.
            BigrainException cause = (failed.Find(outcome => outcome.Error!.Code != ErrorCode.Conflict) is { Error: { } other } ? other : failed[0].Error)!;
            throw new RowsFailedException(cause, [.. failed.SelectMany(outcome => outcome.Share.Rows).Order()]);
        }

        return new WriteToken(incarnation, outcomes.Select(outcome => KeyValuePair.Create(outcome.Share.Stream, outcome.Sequence)));
    }

    private static bool IsWorthAnotherTry(Exception error) => error switch
    {
        TimeoutRejectedException => true,
        OperationCanceledException => false,

        // A fenced writer wrote nothing of this batch and steps down; the others may have, and the batch id tells.
        _ => FaultTranslation.FromFault(error).Code is ErrorCode.Fenced or ErrorCode.Unavailable or ErrorCode.DeadlineExceeded,
    };

    private static BigrainException Unconfirmed(Exception? last) => new(
        ErrorCode.Unavailable,
        last is null
            ? "the write was not confirmed in time: send it again with the same batchId"
            : $"the write was not confirmed in time ({FaultTranslation.FromFault(last).Message}): send it again with the same batchId",
        null,
        last);

    private async Task<(StreamShare Share, long Sequence, BigrainException? Error)> WriteShareAsync(
        CollectionSnapshot collection, StreamShare share, CancellationToken deadline)
    {
        string writer = new StreamKey(collection.Head.Incarnation, share.Stream).ToString();
        var batch = new PackedBytes(share.Batch);
        Exception? last = null;
        try
        {
            long sequence = await _pipeline.ExecuteAsync(
                async token =>
                {
                    try
                    {
                        return share.Conditions.IsEmpty
                            ? (await _grains.GetGrain<IStreamWriterGrain>(writer).WriteAsync(collection.Head.Name, batch, token)
                                .WaitAsync(token)).Sequence
                            : await WriteIfAsync(collection.Head.Name, writer, share, token);
                    }
                    catch (Exception error) when (error is not OperationCanceledException)
                    {
                        last = error;
                        throw;
                    }
                },
                deadline);
            return (share, sequence, null);
        }
        catch (OperationCanceledException)
        {
            return (share, 0, Unconfirmed(last));
        }
        catch (Exception error)
        {
            return (share, 0, FaultTranslation.FromFault(error));
        }
    }

    private async Task<long> WriteIfAsync(string collection, string writer, StreamShare share, CancellationToken cancellationToken)
    {
        ConditionalWriteReply reply = await _grains.GetGrain<IStreamWriterGrain>(writer).WriteIfAsync(
            collection,
            new PackedBytes(share.Batch),
            new PackedBytes(WriteCondition.Encode([.. share.Conditions])),
            cancellationToken).WaitAsync(cancellationToken);
        if (reply.Conflicts is null)
        {
            return reply.Sequence;
        }

        WriteCondition first = WriteCondition.Decode(reply.Conflicts.Bytes)[0];
        int row = share.Rows[first.Row];
        string found = first.Expected.Sequence == long.MaxValue
            ? "was written in the same moment"
            : first.Expected == RowVersion.None ? "does not exist" : $"has version {first.Expected}";
        throw new BigrainException(
            ErrorCode.Conflict,
            $"the document {found}: read it, and decide again",
            FormattableString.Invariant($"documents[{row}].ifVersion"));
    }
}
