using Xunit;

namespace Bigrain.EndToEnd.Clusters;

/// <summary>The tests that share the cluster of <see cref="CodesFixture"/>, one after the other; their short forms beside other tests.</summary>
[CollectionDefinition(Name)]
public sealed class CodesGroup : ICollectionFixture<CodesFixture>
{
    public const string Name = "codes";
}
