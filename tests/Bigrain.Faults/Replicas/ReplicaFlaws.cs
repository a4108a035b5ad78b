using Bigrain.Index.Log;
using Bigrain.Index.Partitions;

namespace Bigrain.Faults.Replicas;

/// <summary>Bugs planted in one run, to prove that it would find them.</summary>
/// <param name="Log">In the log.</param>
/// <param name="Partition">In partitions.</param>
/// <param name="UnconditionalManifests">A store that replaces a MANIFEST whatever its tag is.</param>
internal sealed record ReplicaFlaws(
    StreamLogFlaws Log = StreamLogFlaws.None, PartitionFlaws Partition = PartitionFlaws.None, bool UnconditionalManifests = false);
