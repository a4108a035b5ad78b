using Bigrain.Contracts;
using Bigrain.Grains.Placement;
using Bigrain.Index.Jobs;
using Microsoft.Extensions.Logging;

namespace Bigrain.Grains.Jobs;

/// <summary>Runs one job in the background for as long as this activation lives; the next one goes on from the record.</summary>
[GrainType("bigrain.job")]
[RendezvousPlacement]
internal sealed partial class JobGrain(JobServices services, SiloMap silos, PlacedGrains placed, ILogger<JobGrain> logger)
    : PlacedGrain(placed), IJobGrain, IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private JobLoop? _loop;
    private Task _running = Task.CompletedTask;

    /// <inheritdoc/>
    public Task WakeAsync(CancellationToken cancellationToken)
    {
        if (_running.IsCompleted && !_stop.IsCancellationRequested)
        {
            _loop?.Dispose();
            _loop = new JobLoop(this.GetPrimaryKeyString(), silos.LocalName, services);
            _running = Task.Run(() => RunAsync(_loop), CancellationToken.None);
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task LookAsync(CancellationToken cancellationToken)
    {
        if (_running.IsCompleted)
        {
            return WakeAsync(cancellationToken);
        }

        _loop?.Nudge();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        await base.OnDeactivateAsync(reason, cancellationToken);

        // A step that does not look at its token is left behind: the next runner's first save takes the job from it.
        await _stop.CancelAsync();
        await _running.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_running.IsCompleted)
        {
            _loop?.Dispose();
            _stop.Dispose();
        }
    }

    private async Task RunAsync(JobLoop loop)
    {
        try
        {
            await loop.RunAsync(_stop.Token);
        }
#pragma warning disable CA1031 // background work: the supervisor wakes the job again
        catch (Exception error)
#pragma warning restore CA1031
        {
            LogLoopFailed(logger, error, this.GetPrimaryKeyString());
        }
    }
}
