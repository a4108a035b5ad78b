using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Bigrain.Api.Jobs;
using Bigrain.Api.Serialization;
using Bigrain.Grains.Faults;
using Bigrain.Grains.Jobs;
using Bigrain.Index.Errors;
using Bigrain.Index.Randomness;
using Bigrain.Silo.Hosting;
using Bigrain.Silo.Problems;
using Microsoft.Extensions.Logging;

namespace Bigrain.Silo.Jobs;

/// <summary>Work of this process that outlives its request.</summary>
/// <remarks>In memory: a restart forgets the jobs, and the work they started is safe to start again. Thread safe.</remarks>
internal sealed partial class JobRegistry(SiloSettings settings, IRandomSource random, TimeProvider time, ILogger<JobRegistry> logger) : IJobSource
{
    private const int MaxRemembered = 1_000;

    private readonly ConcurrentDictionary<string, Job> _jobs = new(StringComparer.Ordinal);

    /// <summary>Starts a job.</summary>
    /// <param name="kind">What it does.</param>
    /// <param name="collection">What it works on.</param>
    /// <param name="work">The work.</param>
    /// <returns>Its first state.</returns>
    public JobInfo Start(string kind, string collection, Func<CancellationToken, Task> work)
    {
        ForgetOldest();

        // The id says where the job runs, so that every silo can be asked for it.
        string id = string.Create(CultureInfo.InvariantCulture, $"{settings.Name}.{random.NextUInt64():x16}");
        var job = new Job(id, kind, collection, time.GetTimestamp());
        _jobs[id] = job;
        job.Work = Task.Run(() => RunAsync(job, work));
        return job.Describe();
    }

    /// <summary>Gives a job's state.</summary>
    /// <exception cref="BigrainException"><see cref="ErrorCode.NotFound"/>: not known, or forgotten by a restart.</exception>
    public JobInfo Get(string id) => _jobs.TryGetValue(id, out Job? job)
        ? job.Describe()
        : throw Unknown();

    /// <inheritdoc/>
    public byte[]? Describe(string id) =>
        _jobs.TryGetValue(id, out Job? job) ? JsonSerializer.SerializeToUtf8Bytes(job.Describe(), ApiJson.Default.JobInfo) : null;

    /// <summary>Name of the silo that a job runs on.</summary>
    public static string SiloOf(string id) => id[..Math.Max(0, id.LastIndexOf('.'))];

    /// <summary>The error of a job that is not known, or not to the one who asks.</summary>
    public static BigrainException Unknown() =>
        new(ErrorCode.NotFound, "there is no such job: a restart forgets jobs, starting the work again is safe", "id");

    private async Task RunAsync(Job job, Func<CancellationToken, Task> work)
    {
        try
        {
            await work(CancellationToken.None);
            job.End(null);
        }
#pragma warning disable CA1031 // the job's own state is where its error belongs
        catch (Exception error)
#pragma warning restore CA1031
        {
            LogFailed(logger, error, job.Kind, job.Collection);
            job.End(ProblemMapping.ToProblem(FaultTranslation.FromFault(error), job.Id));
        }
    }

    private void ForgetOldest()
    {
        if (_jobs.Count >= MaxRemembered && _jobs.Values.Where(job => job.Ended).MinBy(job => job.StartedAt) is { } oldest)
        {
            _jobs.TryRemove(oldest.Id, out _);
        }
    }
}
