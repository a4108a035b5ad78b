using Bigrain.Index.Schema;

namespace Bigrain.TestKit.Partitions;

/// <summary>Schemas for tests.</summary>
public static class Schemas
{
    /// <summary>One dense representation.</summary>
    public static CollectionSchema Dense(
        int dimension, Metric metric, int partitions = 2, int streams = 2, DenseType type = DenseType.Fp32, CodecSpec? codec = null) => new(
        [
            new RepresentationSchema(
                CollectionSchema.DefaultRepresentationName,
                RepresentationKind.Dense,
                dimension,
                metric,
                type,
                codec ?? CodecSpec.Auto,
                CoarseSource.Self),
        ],
        [],
        partitions,
        streams,
        ReplicaCount: 1);
}
