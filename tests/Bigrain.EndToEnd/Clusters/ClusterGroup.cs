using Xunit;

namespace Bigrain.EndToEnd.Clusters;

/// <summary>The tests on the cluster of <see cref="ClusterFixture"/>, one after the other; their short forms beside other tests.</summary>
[CollectionDefinition(Name)]
public sealed class ClusterGroup
{
    public const string Name = "cluster";
}
