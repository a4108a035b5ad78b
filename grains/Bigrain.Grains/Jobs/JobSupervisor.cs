using Bigrain.Contracts;
using Bigrain.Grains.Placement;
using Bigrain.Index.Blobs;
using Bigrain.Index.Jobs;
using Microsoft.Extensions.Logging;

namespace Bigrain.Grains.Jobs;

/// <summary>Sees to it that every unfinished job is run: each silo wakes those that belong on it, at its start, when the membership
/// changes, and every few seconds. Jobs that ended long ago are removed.</summary>
/// <remarks>A silo reads only the records of its own jobs, and of those that have ended each once.</remarks>
internal sealed partial class JobSupervisor(
    JobServices services, SiloMap silos, IGrainFactory grains, IClusterMembershipService membership, ILogger<JobSupervisor> logger)
    : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly CancellationTokenSource _stopping = new();
    private Dictionary<string, Ended> _ended = new(StringComparer.Ordinal);
    private Task _loop = Task.CompletedTask;
    private Task _watch = Task.CompletedTask;

    /// <inheritdoc/>
    public void Participate(ISiloLifecycle observer) =>
        observer.Subscribe(nameof(JobSupervisor), ServiceLifecycleStage.Active, StartAsync, StopAsync);

    /// <inheritdoc/>
    public void Dispose()
    {
        _stopping.Dispose();
        _wake.Dispose();
    }

    private Task StartAsync(CancellationToken cancellationToken)
    {
        if (services.FailPoints is FailPoints { Name: { } name })
        {
            LogFailPoint(logger, name);
        }

        _loop = Task.Run(LoopAsync, CancellationToken.None);
        _watch = Task.Run(WatchMembershipAsync, CancellationToken.None);
        return Task.CompletedTask;
    }

    private async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _watch.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task LoopAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await LookAsync(_stopping.Token);
            }
#pragma warning disable CA1031 // background work: whatever failed is tried again in the next round
            catch (Exception error) when (!_stopping.IsCancellationRequested)
#pragma warning restore CA1031
            {
                LogLookFailed(logger, error);
            }

            await _wake.WaitAsync(services.Options.LookPeriod, _stopping.Token);
        }
    }

    private async Task WatchMembershipAsync()
    {
        await foreach (ClusterMembershipSnapshot _ in membership.MembershipUpdates.WithCancellation(_stopping.Token))
        {
            try
            {
                _wake.Release();
            }
            catch (SemaphoreFullException)
            {
                // It is about to look.
            }
        }
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        var ended = new Dictionary<string, Ended>(StringComparer.Ordinal);
        await foreach (BlobEntry entry in services.Store.ListEntriesAsync(cancellationToken))
        {
            string id = JobStore.IdOf(entry);
            if (silos.IsDraining || silos.PlaceOf(id) != silos.LocalName)
            {
                continue;
            }

            // An ended record never changes; one that was removed and made again is younger.
            Ended? known = _ended.TryGetValue(id, out Ended? before) && before.ModifiedAt == entry.ModifiedAt ? before : null;
            known ??= await WakeAsync(id, entry.ModifiedAt, cancellationToken);
            if (known is not null && !await RemovedAsync(id, known, cancellationToken))
            {
                ended[id] = known;
            }
        }

        _ended = ended;
    }

    /// <summary>Wakes a job unless it has ended.</summary>
    /// <returns>When it ended; null while it has not.</returns>
    private async Task<Ended?> WakeAsync(string id, DateTimeOffset modifiedAt, CancellationToken cancellationToken)
    {
        try
        {
            if (await services.Store.ReadAsync(id, cancellationToken) is not { } job)
            {
                return null;
            }

            if (job.Record.HasEnded)
            {
                return new Ended(modifiedAt, job.Record.EndedAt);
            }

            if (services.Kinds.ContainsKey(job.Record.Kind))
            {
                grains.GetGrain<IJobGrain>(id).WakeAsync(CancellationToken.None).Ignore();
            }
        }
        catch (CorruptBlobException error)
        {
            LogDamaged(logger, error, id);
            return new Ended(modifiedAt, null);
        }

        return null;
    }

    private async Task<bool> RemovedAsync(string id, Ended ended, CancellationToken cancellationToken)
    {
        if (ended.At is not { } at || services.Time.GetUtcNow() - at < services.Options.KeepEnded)
        {
            return false;
        }

        return await services.Store.ReadAsync(id, cancellationToken) is { Record.HasEnded: true } job
            && await services.Store.RemoveAsync(job, cancellationToken);
    }

    /// <summary>A job that needs no runner.</summary>
    /// <param name="ModifiedAt">When its record was written, by the store's clock.</param>
    /// <param name="At">When it ended; null for a damaged record.</param>
    private sealed record Ended(DateTimeOffset ModifiedAt, DateTimeOffset? At);
}
