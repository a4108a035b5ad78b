using Xunit;

namespace Bigrain.EndToEnd.Clusters;

/// <summary>The tests that share one cluster, one after the other, with nothing else running beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ClusterGroup : ICollectionFixture<ClusterFixture>
{
    public const string Name = "cluster";
}
