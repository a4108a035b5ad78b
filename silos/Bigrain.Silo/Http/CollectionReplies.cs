using Bigrain.Api.Collections;
using Bigrain.Contracts.Collections;
using Bigrain.Contracts.Partitions;
using Bigrain.Grains.Partitions;
using ApiCollectionInfo = Bigrain.Api.Collections.CollectionInfo;
using GrainCollectionInfo = Bigrain.Contracts.Collections.CollectionInfo;

namespace Bigrain.Silo.Http;

/// <summary>Shows collections as the API has them.</summary>
internal static class CollectionReplies
{
    /// <summary>A collection without sizes.</summary>
    public static ApiCollectionInfo Of(GrainCollectionInfo collection)
    {
        WireSchema schema = collection.Schema;
        WireRepresentation first = schema.Representations[0];
        return new ApiCollectionInfo
        {
            Name = collection.Name,
            Incarnation = collection.Incarnation,
            Metric = first.Metric,
            Dimension = first.Dimension,
            Codec = first.Codec,
            Dense = first.DenseType,
            Representations = [.. schema.Representations.Select(Of)],
            Partitions = schema.PartitionCount,
            Streams = schema.StreamCount,
            Replicas = schema.ReplicaCount,
            Fields = [.. schema.Fields.Select(field => new FieldModel { Name = field.Name, Type = field.Type })],
            Generation = collection.Generation,
            PreviousGeneration = collection.Previous,
            BuildingGeneration = collection.Building,
        };
    }

    /// <summary>A collection with what its partitions hold; sums are null where a partition does not answer.</summary>
    public static ApiCollectionInfo Of(CollectionStatistics statistics)
    {
        ApiCollectionInfo info = Of(statistics.Collection);
        IGrouping<int, (ReplicaKey Key, PartitionStatus Status)>[] replicas =
        [
            .. statistics.Partitions
                .Select(status => (Key: ReplicaKey.Parse(status.Key), Status: status))
                .GroupBy(replica => replica.Key.Partition.Partition),
        ];
        info.Placement = [.. replicas.Select(partition => Of(partition.Key, [.. partition.Select(replica => replica.Status)], info.Replicas))];
        info.ReplicasReady = statistics.Partitions.Count(replica => replica.Readiness == PartitionReadiness.Ready);

        // Replicas hold the same: one that is ready speaks for its partition.
        PartitionStatus[] partitions =
            [.. replicas.Select(partition => partition.Select(replica => replica.Status).MinBy(replica => replica.Readiness != PartitionReadiness.Ready)!)];
        info.PartitionsReady = partitions.Count(partition => partition.Readiness == PartitionReadiness.Ready);
        info.CoarseBytes = partitions.Sum(partition => partition.CoarseBytes);
        info.MemoryBytes = partitions.Sum(partition => partition.CoarseBytes + partition.TailBytes);
        info.SegmentCodecs = [.. partitions.SelectMany(partition => partition.Codecs).Distinct().Order(StringComparer.Ordinal)];
        if (info.PartitionsReady == partitions.Length)
        {
            info.Documents = partitions.Sum(partition => partition.DocumentCount);
            info.TailDocuments = partitions.Sum(partition => partition.TailCount);
            info.Segments = partitions.Sum(partition => partition.SegmentCount);
        }

        return info;
    }

    private static PartitionModel Of(int partition, PartitionStatus[] replicas, int wanted) => new()
    {
        Partition = partition,
        Replicas =
        [
            .. replicas.Select(replica => new ReplicaModel
            {
                Silo = replica.Silo,
                Status = replica.Readiness.ToString().ToLowerInvariant(),
                Failure = replica.Failure,
            }),
            .. Enumerable.Repeat(new ReplicaModel { Status = "missing" }, Math.Max(0, wanted - replicas.Length)),
        ],
    };

    private static RepresentationModel Of(WireRepresentation representation) => new()
    {
        Name = representation.Name,
        Kind = representation.Kind,
        Dimension = representation.Dimension,
        Metric = representation.Metric,
        Codec = representation.Codec,
        Dense = representation.DenseType,
        Coarse = new CoarseModel { Source = representation.CoarseSource },
    };
}
