using System.Collections.Immutable;
using Bigrain.Contracts;
using Bigrain.Grains.Collections;
using Bigrain.Grains.Faults;
using Bigrain.Grains.Placement;
using Bigrain.Index.Documents;
using Bigrain.Index.Errors;
using Bigrain.Index.Log;
using Bigrain.Index.Partitions;
using Bigrain.Index.Routing;
using Bigrain.Index.Segments;

namespace Bigrain.Grains.Streams;

/// <summary>Reads the versions of a stream's documents from the partitions that keep them.</summary>
/// <remarks>The writer of the stream asks while it writes nothing else, so what has its last entry applied is exact.</remarks>
internal sealed class VersionSource(
    StreamKey stream, string collection, IGrainFactory grains, CollectionDirectory directory, SiloMap silos, IIdHash hash, TimeProvider time)
{
    // The stream's other writers wait meanwhile.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>Reads versions.</summary>
    /// <param name="ids">Ids, UTF-8.</param>
    /// <param name="sequence">Sequence that must be applied.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BigrainException"><see cref="ErrorCode.Unavailable"/>: a partition does not answer in time.</exception>
    public async Task<IReadOnlyList<RowVersion>> ReadAsync(
        IReadOnlyList<ReadOnlyMemory<byte>> ids, long sequence, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(Patience, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            CollectionSnapshot known = await directory.GetAsync(collection, linked.Token);
            if (known.Head.Incarnation != stream.Incarnation)
            {
                throw new BigrainException(ErrorCode.NotFound, $"collection '{collection}' was dropped meanwhile", "collection");
            }

            var versions = new RowVersion[ids.Count];
            await Task.WhenAll(Enumerable.Range(0, ids.Count)
                .GroupBy(i => HashRange.Of(hash.Hash(ids[i].Span), known.Generation.PartitionCount))
                .Select(group => ReadAsync(known, group.Key, [.. group], ids, sequence, versions, linked.Token)));
            return versions;
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            throw new BigrainException(ErrorCode.Unavailable, $"the versions of stream {stream.Stream} could not be read in time: retry");
        }
    }

    private async Task ReadAsync(
        CollectionSnapshot known,
        int partition,
        int[] places,
        IReadOnlyList<ReadOnlyMemory<byte>> ids,
        long sequence,
        RowVersion[] versions,
        CancellationToken cancellationToken)
    {
        PartitionKey key = known.KeyOf(partition);
        var packed = new PackedBytes(FetchedDocument.EncodeIds(Array.ConvertAll(places, i => ids[i])));
        ImmutableArray<string> owners = silos.OwnersOf(key, known.Head.Schema.ReplicaCount);
        for (int rank = 0; ; rank++)
        {
            try
            {
                PackedBytes reply = await grains.GetGrain<IReplicaHostGrain>(owners[rank])
                    .VersionsAsync(known.Head.Name, key.ToString(), stream.Stream, sequence, packed, cancellationToken)
                    .WaitAsync(cancellationToken);
                foreach (WriteCondition version in WriteCondition.Decode(reply.Bytes))
                {
                    versions[places[version.Row]] = version.Expected;
                }

                return;
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                BigrainException failure = FaultTranslation.FromFault(error);
                if (rank + 1 == owners.Length || failure.Code is not (ErrorCode.Unavailable or ErrorCode.DeadlineExceeded))
                {
                    // To the sender it is all one: nothing was written, and it may try again.
                    throw new BigrainException(ErrorCode.Unavailable, failure.Message, null, failure);
                }
            }
        }
    }
}
