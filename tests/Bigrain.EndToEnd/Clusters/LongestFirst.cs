using Xunit.Sdk;
using Xunit.v3;

namespace Bigrain.EndToEnd.Clusters;

/// <summary>Starts what takes longest first, so that nothing long is left at the end with nobody beside it.</summary>
internal sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] Order =
    [
        ClusterGroup.Name, CodesGroup.Name, nameof(SharedDataTests), nameof(MixedReleaseTests), nameof(ReadmeTests), nameof(SoakTests),
        nameof(RecoveryTests), nameof(SameAnswersTests), nameof(ReindexCrashTests), nameof(ModelTests),
    ];

    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. testCollections.OrderBy(static collection => PlaceOf(collection.TestCollectionDisplayName))];

    private static int PlaceOf(string collection)
    {
        int place = Array.FindIndex(Order, name => collection == name || collection.Contains($".{name} ", StringComparison.Ordinal));
        return place < 0 ? Order.Length : place;
    }
}
