using Bigrain.Index.Manifests;
using Bigrain.Index.Partitions;

namespace Bigrain.Index.Reindexing;

/// <summary>A partition as it was when a job began: its segments stay on the store as long as the job holds on to it.</summary>
/// <param name="Key">The partition.</param>
/// <param name="Manifest">Its manifest of that moment.</param>
public sealed record PinnedPartition(PartitionKey Key, PartitionManifest Manifest);
