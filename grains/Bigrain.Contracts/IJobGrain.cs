using Orleans.Concurrency;

namespace Bigrain.Contracts;

/// <summary>Runs one job; the key is its id.</summary>
/// <remarks>Being the only activation is a hint, not a lock: the job's record says who runs it. A call may be lost or come twice.</remarks>
[Alias("bigrain.IJobGrain")]
public interface IJobGrain : IGrainWithStringKey
{
    /// <summary>Takes the job over unless it runs here; it is not waited for.</summary>
    /// <param name="cancellationToken">Gives up the call.</param>
    [Alias("Wake")]
    [AlwaysInterleave]
    Task WakeAsync(CancellationToken cancellationToken);

    /// <summary>Says that the record was changed, by a request to cancel say, so that it is looked at soon.</summary>
    /// <param name="cancellationToken">Gives up the call.</param>
    [Alias("Look")]
    [AlwaysInterleave]
    Task LookAsync(CancellationToken cancellationToken);
}
