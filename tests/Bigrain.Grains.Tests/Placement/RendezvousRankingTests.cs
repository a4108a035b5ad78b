using Bigrain.Grains.Placement;

namespace Bigrain.Grains.Tests.Placement;

public sealed class RendezvousRankingTests
{
    private static readonly string[] Silos = ["silo-0", "silo-1", "silo-2", "silo-3", "silo-4"];

    [Fact]
    public void The_order_of_the_names_does_not_matter()
    {
        string[] reversed = [.. Silos.Reverse()];

        Assert.All(Keys(200), key => Assert.Equal(Name(key, 0, Silos), Name(key, 0, reversed)));
    }

    [Fact]
    public void Replicas_of_a_partition_are_on_different_silos_as_long_as_there_are_enough()
    {
        Assert.All(Keys(200), key => Assert.Equal(5, Enumerable.Range(0, 5).Select(replica => Name(key, replica, Silos)).Distinct().Count()));
    }

    [Fact]
    public void A_silo_that_leaves_moves_only_its_own_keys()
    {
        string[] left = [.. Silos.Where(name => name != "silo-2")];

        Assert.All(Keys(500).Where(key => Name(key, 0, Silos) != "silo-2"), key => Assert.Equal(Name(key, 0, Silos), Name(key, 0, left)));
        Assert.All(
            Keys(500).Where(key => Name(key, 0, Silos) == "silo-2"),
            key => Assert.Equal(Name(key, 1, Silos), Name(key, 0, left)));
    }

    [Fact]
    public void Keys_spread_over_all_silos()
    {
        int[] counts = [.. Keys(1_000).GroupBy(key => Name(key, 0, Silos)).Select(group => group.Count())];

        Assert.Equal(5, counts.Length);
        Assert.All(counts, count => Assert.InRange(count, 140, 260));
    }

    [Theory]
    [InlineData("abc/1/2/3", "abc/1/2", 3)]
    [InlineData("abc/1", "abc/1", 0)]
    [InlineData("name", "name", 0)]
    [InlineData("abc/1/2/x", "abc/1/2/x", 0)]
    public void Only_partition_keys_end_in_a_replica(string grainKey, string key, int replica) =>
        Assert.Equal((key, replica), RendezvousRanking.Split(grainKey));

    private static string Name(string key, int replica, string[] silos) => RendezvousRanking.Order(key, silos)[replica];

    private static IEnumerable<string> Keys(int count) => Enumerable.Range(0, count).Select(i => $"0123456789abcdef/1/{i}");
}
