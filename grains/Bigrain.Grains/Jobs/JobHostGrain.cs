using Bigrain.Contracts;
using Bigrain.Grains.Placement;

namespace Bigrain.Grains.Jobs;

/// <summary>Shows the jobs of this silo to the others.</summary>
[GrainType("bigrain.jobs")]
[SiloNamePlacement]
internal sealed class JobHostGrain(IJobSource jobs) : Grain, IJobHostGrain
{
    /// <inheritdoc/>
    public Task<PackedBytes?> DescribeAsync(string id, CancellationToken cancellationToken) =>
        Task.FromResult(jobs.Describe(id) is { } json ? new PackedBytes(json) : null);
}
