namespace Bigrain.Grains.Rounds;

/// <summary>Work that a silo does again and again from its start to its stop: a round at once, then one every period and whenever it is woken.</summary>
/// <remarks>Rounds never overlap. What a round throws is handed to <see cref="OnFailed"/>, and the next round tries again. Thread safe.</remarks>
internal abstract class SiloRounds(TimeProvider time) : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly CancellationTokenSource _stopping = new();
    private Task _rounds = Task.CompletedTask;
    private Task _watch = Task.CompletedTask;

    /// <summary>The clock.</summary>
    protected TimeProvider Time => time;

    /// <summary>From the end of a round to the next one.</summary>
    protected abstract TimeSpan Period { get; }

    /// <inheritdoc/>
    public void Participate(ISiloLifecycle observer) =>
        observer.Subscribe(GetType().Name, ServiceLifecycleStage.Active, StartAsync, StopAsync);

    /// <inheritdoc/>
    public virtual void Dispose()
    {
        _stopping.Dispose();
        _wake.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Prepares the first round.</summary>
    /// <returns>Whether there shall be any.</returns>
    protected virtual bool OnStarting() => true;

    /// <summary>Membership whose changes make a round due; null where they do not matter.</summary>
    protected virtual IClusterMembershipService? Membership => null;

    /// <summary>Does what is due.</summary>
    protected abstract Task RoundAsync(CancellationToken cancellationToken);

    /// <summary>Told of what a round threw.</summary>
    protected abstract void OnFailed(Exception error);

    /// <summary>Makes a round due now.</summary>
    protected void Wake()
    {
        try
        {
            _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // A round is due already.
        }
    }

    private Task StartAsync(CancellationToken cancellationToken)
    {
        if (OnStarting())
        {
            _rounds = Task.Run(RunAsync, CancellationToken.None);
            _watch = Membership is { } membership ? Task.Run(() => WakeOnChangeAsync(membership), CancellationToken.None) : Task.CompletedTask;
        }

        return Task.CompletedTask;
    }

    private async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _rounds.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _watch.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task RunAsync()
    {
        await using ITimer timer = time.CreateTimer(static rounds => ((SiloRounds)rounds!).Wake(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await RoundAsync(_stopping.Token);
            }
#pragma warning disable CA1031 // background work: whatever failed is tried again in the next round
            catch (Exception error) when (!_stopping.IsCancellationRequested)
#pragma warning restore CA1031
            {
                OnFailed(error);
            }

            timer.Change(Period, Timeout.InfiniteTimeSpan);
            await _wake.WaitAsync(_stopping.Token);
        }
    }

    private async Task WakeOnChangeAsync(IClusterMembershipService membership)
    {
        await foreach (ClusterMembershipSnapshot _ in membership.MembershipUpdates.WithCancellation(_stopping.Token))
        {
            Wake();
        }
    }
}
