using Bigrain.Contracts;
using Bigrain.Grains.Placement;
using Bigrain.Index.Documents;
using Bigrain.Index.Partitions;

namespace Bigrain.Grains.Partitions;

/// <summary>The heavy side of one replica: whole documents by id.</summary>
[GrainType("bigrain.dense")]
[RendezvousPlacement]
internal sealed class DenseShardGrain(PartitionKeeper keeper) : Grain, IDenseShardGrain
{
    /// <inheritdoc/>
    public async Task<PackedBytes> GetAsync(string collection, bool current, long[] minSequences, PackedBytes ids, CancellationToken cancellationToken)
    {
        Partition partition = await keeper.OpenAsync(collection, ReplicaKey.Parse(this.GetPrimaryKeyString()).Partition, cancellationToken);
        if (current || !Covers(partition, minSequences))
        {
            await partition.CatchUpAsync(cancellationToken);
        }

        var found = new List<FetchedDocument>();
        foreach (ReadOnlyMemory<byte> id in FetchedDocument.DecodeIds(ids.Bytes))
        {
            if (await partition.GetAsync(id, cancellationToken) is { } document)
            {
                found.Add(new FetchedDocument(document.Id, document.Vector, document.Payload));
            }
        }

        return new PackedBytes(FetchedDocument.Encode(found));
    }

    private static bool Covers(Partition partition, long[] minSequences)
    {
        foreach (int stream in partition.Streams)
        {
            if (stream < minSequences.Length && partition.AppliedSequence(stream) < minSequences[stream])
            {
                return false;
            }
        }

        return true;
    }
}
