using Bigrain.Contracts;
using Bigrain.Grains.Placement;
using Bigrain.Index.Documents;
using Bigrain.Index.Errors;
using Bigrain.Index.Partitions;
using Bigrain.Index.Queries;

namespace Bigrain.Grains.Partitions;

/// <summary>The heavy side of one replica: whole documents by id.</summary>
[GrainType("bigrain.dense")]
[RendezvousPlacement]
internal sealed class DenseShardGrain(PartitionKeeper keeper, PartitionHost host, PlacedGrains placed) : PlacedGrain(placed), IDenseShardGrain
{
    // With the largest document behind it still under the limit of a message.
    private const long PageBytes = 2 << 20;

    // The caller's deadline comes with the cancellation; half of this may be spent on reading the log.
    private static readonly TimeSpan ReadBudget = TimeSpan.FromSeconds(4);

    /// <inheritdoc/>
    public async Task<PackedBytes> GetAsync(string collection, bool current, long[] minSequences, PackedBytes ids, CancellationToken cancellationToken)
    {
        Partition partition = await OpenAsync(collection, current, minSequences, cancellationToken);
        var found = new List<FetchedDocument>();
        foreach (ReadOnlyMemory<byte> id in FetchedDocument.DecodeIds(ids.Bytes))
        {
            if (await partition.GetAsync(id, cancellationToken) is { } document)
            {
                found.Add(new FetchedDocument(document.Id, document.Vector, document.Payload)
                {
                    Version = document.Version,
                    ExpiresAtMilliseconds = document.ExpiresAtMilliseconds,
                });
            }
        }

        return new PackedBytes(FetchedDocument.Encode(found));
    }

    /// <inheritdoc/>
    public async Task<PackedBytes> PageAsync(string collection, bool current, string? after, int limit, CancellationToken cancellationToken)
    {
        DocumentCursor? cursor = after is null ? null : DocumentCursor.Parse(after, "after");
        Partition partition = await OpenAsync(collection, current, [], cancellationToken);

        // Sorting ids and reading records is work for a processor.
        DocumentPage page = await Task.Run(() => partition.PageAsync(cursor, limit, PageBytes, cancellationToken), cancellationToken);
        return new PackedBytes(page.Encode());
    }

    /// <summary>Loads the partition if needed and sees to it that it knows what it is asked to know.</summary>
    private async Task<Partition> OpenAsync(string collection, bool current, long[] minSequences, CancellationToken cancellationToken)
    {
        Partition partition = await keeper.OpenAsync(collection, ReplicaKey.Parse(this.GetPrimaryKeyString()).Partition, cancellationToken);
        Consistency consistency = current ? Consistency.Strong : Consistency.Session;
        return await host.EnsureCurrentAsync(partition, consistency, minSequences, ReadBudget, cancellationToken) == PartitionAnswer.Answered
            ? partition
            : throw new BigrainException(ErrorCode.Unavailable, "the replica cannot read the log to see whether it has the newest writes: retry");
    }
}
