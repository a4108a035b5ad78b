using System.Collections.Immutable;
using Bigrain.Contracts;
using Bigrain.Grains.Collections;
using Bigrain.Grains.Faults;
using Bigrain.Index.Documents;
using Bigrain.Index.Errors;
using Bigrain.Index.Log;
using Bigrain.Index.Schema;
using Bigrain.Silo.Problems;

namespace Bigrain.Silo.Http;

/// <summary>Sends the shares of a request to the writers of their streams and waits until all are durable.</summary>
internal sealed class DocumentWriter(IGrainFactory grains)
{
    /// <summary>Writes a request.</summary>
    /// <returns>The token that covers it.</returns>
    /// <exception cref="BigrainException">No stream confirmed its share.</exception>
    /// <exception cref="RowsFailedException">Some streams did not confirm their share; it lists the rows.</exception>
    public async Task<WriteToken> WriteAsync(CollectionSnapshot collection, ImmutableArray<StreamShare> shares, CancellationToken cancellationToken)
    {
        CollectionIncarnation incarnation = collection.Head.Incarnation;
        (StreamShare Share, long Sequence, BigrainException? Error)[] outcomes = await Task.WhenAll(
            shares.Select(share => WriteShareAsync(collection, share, cancellationToken)));
        List<(StreamShare Share, long Sequence, BigrainException? Error)> failed = [.. outcomes.Where(outcome => outcome.Error is not null)];
        if (failed.Count == outcomes.Length)
        {
            throw failed[0].Error!;
        }

        if (failed.Count > 0)
        {
            throw new RowsFailedException(failed[0].Error!, [.. failed.SelectMany(outcome => outcome.Share.Rows).Order()]);
        }

        return new WriteToken(incarnation, outcomes.Select(outcome => KeyValuePair.Create(outcome.Share.Stream, outcome.Sequence)));
    }

    private async Task<(StreamShare Share, long Sequence, BigrainException? Error)> WriteShareAsync(
        CollectionSnapshot collection, StreamShare share, CancellationToken cancellationToken)
    {
        IStreamWriterGrain writer = grains.GetGrain<IStreamWriterGrain>(new StreamKey(collection.Head.Incarnation, share.Stream).ToString());
        var batch = new PackedBytes(share.Batch);
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return (share, (await writer.WriteAsync(collection.Head.Name, batch, cancellationToken)).Sequence, null);
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                // A fenced writer wrote nothing of this batch and steps down; its successor gets one try.
                BigrainException known = FaultTranslation.FromFault(error);
                if (known.Code != ErrorCode.Fenced || attempt > 1)
                {
                    return (share, 0, known);
                }
            }
        }
    }
}
