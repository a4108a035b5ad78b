using Orleans.Concurrency;

namespace Bigrain.Contracts;

/// <summary>The jobs of one silo, for the others to show; the key is the silo's name, and it is placed there.</summary>
[Alias("bigrain.IJobHostGrain")]
public interface IJobHostGrain : IGrainWithStringKey
{
    /// <summary>Describes a job.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The job as the API shows it, JSON; null when it is not known.</returns>
    [Alias("Describe")]
    [AlwaysInterleave]
    Task<PackedBytes?> DescribeAsync(string id, CancellationToken cancellationToken);
}
