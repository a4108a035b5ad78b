using Bigrain.Grains.Jobs;
using Bigrain.Index.Garbage;
using Bigrain.Index.Jobs;

namespace Bigrain.Grains.Garbage;

/// <summary>Makes jobs that collect garbage.</summary>
public sealed class GarbageStarter(JobStarter jobs)
{
    /// <summary>Starts a pass.</summary>
    /// <param name="request">What it is to do.</param>
    /// <param name="id">Id of the job, for one that shall be made only once; null draws one.</param>
    /// <param name="cancellationToken">Gives up; the job may have been made.</param>
    public Task<JobRecord> StartAsync(GarbageRequest request, string? id, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        return jobs.StartAsync(GarbageJob.KindName, null, GarbageJob.BodyOf(request), id, cancellationToken);
    }
}
