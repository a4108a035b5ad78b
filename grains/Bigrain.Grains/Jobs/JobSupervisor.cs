using Bigrain.Contracts;
using Bigrain.Grains.Placement;
using Bigrain.Grains.Rounds;
using Bigrain.Index.Blobs;
using Bigrain.Index.Jobs;
using Microsoft.Extensions.Logging;

namespace Bigrain.Grains.Jobs;

/// <summary>Sees to it that every unfinished job is run: each silo wakes those that belong on it, at its start, when the membership
/// changes, and every few seconds. Jobs that ended long ago are removed.</summary>
/// <remarks>A silo reads only the records of its own jobs, and of those that have ended each once.</remarks>
internal sealed partial class JobSupervisor(
    JobServices services, SiloMap silos, IGrainFactory grains, IClusterMembershipService membership, ILogger<JobSupervisor> logger)
    : SiloRounds(services.Time)
{
    private Dictionary<string, Ended> _ended = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    protected override TimeSpan Period => services.Options.LookPeriod;

    /// <inheritdoc/>
    protected override IClusterMembershipService Membership => membership;

    /// <inheritdoc/>
    protected override bool OnStarting()
    {
        if (services.FailPoints is FailPoints { Name: { } name })
        {
            LogFailPoint(logger, name);
        }

        return true;
    }

    /// <inheritdoc/>
    protected override void OnFailed(Exception error) => LogLookFailed(logger, error);

    /// <inheritdoc/>
    protected override async Task RoundAsync(CancellationToken cancellationToken)
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
