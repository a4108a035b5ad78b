using Bigrain.Api.Jobs;
using Bigrain.Api.Problems;
using Bigrain.Api.Serialization;

namespace Bigrain.Client;

/// <summary>Jobs: what they are doing, waiting for them, ending them. Part of <see cref="BigrainClient"/>.</summary>
public sealed class JobOperations
{
    private static readonly TimeSpan FirstPoll = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LastPoll = TimeSpan.FromMilliseconds(500);

    private readonly ApiChannel _channel;
    private readonly TimeProvider _clock;

    internal JobOperations(ApiChannel channel, TimeProvider clock)
    {
        _channel = channel;
        _clock = clock;
    }

    /// <summary>Reads the state of a job.</summary>
    /// <param name="id">Id.</param>
    /// <param name="cancellationToken">Cancels the call, not the job.</param>
    /// <returns>The job.</returns>
    public Task<JobInfo> GetAsync(string id, CancellationToken cancellationToken = default) =>
        _channel.GetAsync($"/v1/jobs/{Uri.EscapeDataString(id)}", ApiJson.Default.JobInfo, cancellationToken);

    /// <summary>Lists jobs, newest first.</summary>
    /// <param name="collection">Only those of this collection; null for all.</param>
    /// <param name="state">Only those in this state, one of <see cref="JobStates"/>; null for all.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The jobs.</returns>
    public async Task<IReadOnlyList<JobInfo>> ListAsync(
        string? collection = null, string? state = null, CancellationToken cancellationToken = default)
    {
        string[] filters =
        [
            .. collection is null ? [] : new[] { $"collection={Uri.EscapeDataString(collection)}" },
            .. state is null ? [] : new[] { $"state={Uri.EscapeDataString(state)}" },
        ];
        string query = filters.Length == 0 ? "" : "?" + string.Join('&', filters);
        return (await _channel.GetAsync($"/v1/jobs{query}", ApiJson.Default.JobList, cancellationToken).ConfigureAwait(false)).Jobs;
    }

    /// <summary>Asks for the end of a job; it undoes what it did and is cancelled soon after.</summary>
    /// <param name="id">Id.</param>
    /// <param name="cancellationToken">Cancels the call, not the job.</param>
    /// <returns>The job as it is now.</returns>
    public async Task<JobInfo> CancelAsync(string id, CancellationToken cancellationToken = default)
    {
        (JobInfo job, _) = await _channel.SendAsync(
            new ApiCall(HttpMethod.Delete, $"/v1/jobs/{Uri.EscapeDataString(id)}"), ApiJson.Default.JobInfo, cancellationToken).ConfigureAwait(false);
        return job;
    }

    /// <summary>Waits for a job to succeed.</summary>
    /// <param name="job">The job.</param>
    /// <param name="progress">Told of every state seen.</param>
    /// <param name="cancellationToken">Stops waiting; the job goes on.</param>
    /// <returns>The job in its last state.</returns>
    /// <exception cref="BigrainClientException">The job failed.</exception>
    public async Task<JobInfo> WaitAsync(
        JobInfo job, IProgress<JobInfo>? progress = null, CancellationToken cancellationToken = default)
    {
        JobInfo ended = await WatchAsync(job, progress, cancellationToken).ConfigureAwait(false);
        return ended.State == JobStates.Succeeded
            ? ended
            : throw new BigrainClientException(ended.Error ?? new ApiProblem
            {
                Type = ProblemTypes.Internal,
                Detail = $"job {ended.Id} ended as {ended.State}",
            });
    }

    /// <summary>Waits for a job to end, however it ends.</summary>
    /// <param name="job">The job.</param>
    /// <param name="progress">Told of every state seen.</param>
    /// <param name="cancellationToken">Stops waiting; the job goes on.</param>
    /// <returns>The job in its last state.</returns>
    public async Task<JobInfo> WatchAsync(
        JobInfo job, IProgress<JobInfo>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(job);
        TimeSpan wait = FirstPoll;
        while (job.State is JobStates.Queued or JobStates.Running)
        {
            progress?.Report(job);
            await Task.Delay(wait, _clock, cancellationToken).ConfigureAwait(false);
            wait = wait * 2 < LastPoll ? wait * 2 : LastPoll;
            job = await GetAsync(job.Id, cancellationToken).ConfigureAwait(false);
        }

        progress?.Report(job);
        return job;
    }
}
