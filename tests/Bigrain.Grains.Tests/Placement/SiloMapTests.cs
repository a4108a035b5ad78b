using Bigrain.Grains.Placement;
using Bigrain.Index.Partitions;
using Bigrain.Index.Schema;

namespace Bigrain.Grains.Tests.Placement;

public sealed class SiloMapTests
{
    private static readonly PartitionKey[] Keys =
        [.. Enumerable.Range(0, 100).Select(partition => new PartitionKey(new CollectionIncarnation(new string('a', 32)), 1, partition))];

    private readonly FakeMembership _membership = new("a", "b", "c");
    private readonly SiloMap _map;

    public SiloMapTests() => _map = new SiloMap(_membership, _membership);

    [Fact]
    public void A_partition_has_as_many_owners_as_replicas_on_different_silos_as_far_as_there_are_silos()
    {
        Assert.All(Keys, key => Assert.Equal(2, _map.OwnersOf(key, 2).Distinct().Count()));
        Assert.All(Keys, key => Assert.Equal(3, _map.OwnersOf(key, 5).Length));
    }

    [Fact]
    public void The_next_owner_is_promoted_when_one_dies_and_no_other_partition_moves()
    {
        Dictionary<PartitionKey, string[]> before = Keys.ToDictionary(key => key, key => _map.OwnersOf(key, 3).ToArray());

        _membership.Kill(_membership.AddressOf("b"));

        Assert.All(Keys, key => Assert.Equal(before[key].Where(silo => silo != "b"), _map.OwnersOf(key, 3)));
    }

    [Fact]
    public void Nothing_is_placed_on_a_silo_that_leaves_but_it_is_still_alive()
    {
        Assert.True(_map.MarkDraining("b", true));
        Assert.False(_map.MarkDraining("b", true));

        Assert.All(Keys, key => Assert.DoesNotContain("b", _map.RankedFor(key)));
        Assert.Contains("b", _map.LiveNames);
        Assert.True(_map.MarkDraining("b", false));
        Assert.Contains(Keys, key => _map.RankedFor(key)[0] == "b");
    }

    [Fact]
    public void When_every_silo_leaves_they_keep_what_they_have()
    {
        foreach (string silo in _map.LiveNames)
        {
            _map.MarkDraining(silo, true);
        }

        Assert.All(Keys, key => Assert.Equal(3, _map.RankedFor(key).Length));
    }

    [Fact]
    public void Of_two_silos_with_one_name_the_later_one_counts()
    {
        SiloAddress first = _membership.AddressOf("b");
        SiloAddress second = _membership.Join("b");

        Assert.Equal(3, _map.LiveNames.Length);
        Assert.Equal(second, _map.AddressOf("b"));
        _membership.Kill(first);
        Assert.Equal(second, _map.AddressOf("b"));
    }

    [Fact]
    public void Exactly_one_silo_is_the_primary_of_a_partition() =>
        Assert.All(Keys, key => Assert.Equal(_map.RankedFor(key)[0] == "a", _map.IsPrimary(key)));

    [Fact]
    public void A_replica_grain_belongs_on_the_silo_of_its_rank() =>
        Assert.All(Keys, key => Assert.Equal(_map.RankedFor(key)[1], _map.PlaceOf($"{key}/1")));
}
