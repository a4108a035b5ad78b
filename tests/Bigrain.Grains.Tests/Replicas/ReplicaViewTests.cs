using Bigrain.Contracts.Partitions;
using Bigrain.Contracts.Replicas;
using Bigrain.Grains.Placement;
using Bigrain.Grains.Replicas;
using Bigrain.Grains.Tests.Placement;
using Bigrain.Index.Partitions;
using Bigrain.TestKit.Time;

namespace Bigrain.Grains.Tests.Replicas;

public sealed class ReplicaViewTests
{
    private static readonly string Incarnation = new('a', 32);

    private readonly FakeMembership _membership = new("a", "b");
    private readonly InstantTime _time = new();
    private readonly SiloMap _map;
    private readonly ReplicaView _view;

    public ReplicaViewTests()
    {
        _map = new SiloMap(_membership, _membership);
        _view = new ReplicaView(_map, _time);
    }

    [Fact]
    public void Only_what_is_ready_can_answer()
    {
        _view.Receive(Report("b", PartitionReadiness.Loading));
        Assert.False(_view.IsReady("b", Key(0)));

        _view.Receive(Report("b", PartitionReadiness.Ready));
        Assert.True(_view.IsReady("b", Key(0)));
        Assert.False(_view.IsReady("b", Key(1)));
        Assert.False(_view.IsReady("a", Key(0)));
    }

    [Fact]
    public void A_report_is_news_only_when_it_says_something_new()
    {
        Assert.True(_view.Receive(Report("b", PartitionReadiness.Loading)));
        Assert.False(_view.Receive(Report("b", PartitionReadiness.Loading)));
        Assert.True(_view.Receive(Report("b", PartitionReadiness.Ready)));
        Assert.True(_view.Receive(Report("b", PartitionReadiness.Ready) with { IsDraining = true }));
        Assert.True(_view.Receive(new ReplicaReport("b", true, [])));
        Assert.False(_view.Receive(new ReplicaReport("b", true, [])));
    }

    [Fact]
    public void A_silo_that_leaves_gets_nothing_placed_on_it_until_it_says_otherwise()
    {
        _view.Receive(Report("b", PartitionReadiness.Ready) with { IsDraining = true });
        Assert.Equal(["a"], _map.PlacementNames);

        _view.Receive(Report("b", PartitionReadiness.Ready));
        Assert.Equal(2, _map.PlacementNames.Length);
    }

    [Fact]
    public void The_last_words_of_a_dead_silo_say_what_its_heirs_must_load_but_it_holds_nothing_any_more()
    {
        _view.Receive(Report("b", PartitionReadiness.Ready));
        _membership.Kill(_membership.AddressOf("b"));

        Assert.Single(_view.Known, held => held.Partition == Key(0).ToString());
        Assert.Empty(_view.HoldersOf(Key(0)));
        _time.Advance(TimeSpan.FromMinutes(6));
        _view.Prune();
        Assert.Empty(_view.Known);
    }

    [Fact]
    public void A_dropped_collection_is_forgotten()
    {
        _view.Receive(Report("b", PartitionReadiness.Ready));

        _view.Forget(Incarnation);

        Assert.Empty(_view.Known);
    }

    private static PartitionKey Key(int partition) => PartitionKey.Parse($"{Incarnation}/1/{partition}");

    private static ReplicaReport Report(string silo, PartitionReadiness readiness) =>
        new(silo, false, [new HeldReplica("c", Key(0).ToString(), 2, readiness, TimeSpan.Zero)]);
}
