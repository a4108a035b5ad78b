using Bigrain.Grains.Placement;
using Bigrain.Silo.Lifetime;
using Bigrain.Silo.Membership;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Bigrain.Silo.Tests.Lifetime;

public sealed class DrainServiceTests
{
    private readonly MembershipState _membership = new();

    [Fact]
    public async Task Stopping_waits_for_the_hand_over()
    {
        var handover = new Handover();
        DrainService service = Make(handover, TimeSpan.FromMinutes(1));
        Task stopping = service.StoppingAsync(TestContext.Current.CancellationToken);
        Assert.False(stopping.IsCompleted);

        handover.Done.SetResult();
        await stopping;
        await service.StoppingAsync(TestContext.Current.CancellationToken);

        Assert.Equal(1, handover.Calls);
    }

    [Fact]
    public async Task A_hand_over_that_takes_too_long_is_cancelled_and_does_not_keep_the_silo()
    {
        var handover = new Handover();

        await Make(handover, TimeSpan.FromMilliseconds(1)).StoppingAsync(TestContext.Current.CancellationToken);

        Assert.True(handover.Token.IsCancellationRequested);
    }

    [Fact]
    public async Task A_hand_over_that_fails_does_not_keep_the_silo()
    {
        var handover = new Handover();
        handover.Done.SetException(new InvalidOperationException("planted"));

        await Make(handover, TimeSpan.FromMinutes(1)).StoppingAsync(TestContext.Current.CancellationToken);

        Assert.Equal(1, handover.Calls);
    }

    [Fact]
    public async Task A_silo_that_lost_its_membership_hands_nothing_over()
    {
        var handover = new Handover();
        _membership.Lose("planted");

        await Make(handover, TimeSpan.FromMinutes(1)).StoppingAsync(TestContext.Current.CancellationToken);

        Assert.Equal(0, handover.Calls);
    }

    private DrainService Make(IReplicaHandover handover, TimeSpan limit) => new(
        new ServiceCollection().AddSingleton(handover).BuildServiceProvider(),
        _membership,
        Options.Create(new DrainOptions { HandOverTimeout = limit }),
        Options.Create(new ClusterMembershipOptions()),
        TimeProvider.System,
        NullLogger<DrainService>.Instance);

    private sealed class Handover : IReplicaHandover
    {
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Calls { get; private set; }

        public CancellationToken Token { get; private set; }

        public Task HandOverAsync(CancellationToken cancellationToken)
        {
            Calls++;
            Token = cancellationToken;
            return Done.Task;
        }
    }
}
