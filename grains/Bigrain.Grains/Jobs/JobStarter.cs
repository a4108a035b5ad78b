using System.Text.Json;
using Bigrain.Contracts;
using Bigrain.Grains.Collections;
using Bigrain.Index.Jobs;
using Bigrain.Index.Randomness;

namespace Bigrain.Grains.Jobs;

/// <summary>Makes jobs and has them run, and asks for their end.</summary>
/// <remarks>Thread safe. Once a job is made it will be run, whatever becomes of this silo.</remarks>
public sealed class JobStarter(JobStore store, CollectionDirectory directory, IGrainFactory grains, IRandomSource random, TimeProvider time)
{
    /// <summary>Makes a job unless there is one of that id, and wakes it.</summary>
    /// <param name="kind">What it does; <see cref="IJobKind.Name"/>.</param>
    /// <param name="collection">Collection it works on; null for the whole store.</param>
    /// <param name="body">Its request, in the form of its kind.</param>
    /// <param name="id">Its id, for a job that shall be made only once; null draws one.</param>
    /// <param name="cancellationToken">Gives up; the job may have been made.</param>
    /// <returns>The job as it is now.</returns>
    public Task<JobRecord> StartAsync(string kind, string? collection, JsonElement? body, string? id, CancellationToken cancellationToken) =>
        StartAsync(new JobRecord(id ?? JobIds.Create(kind, random), kind, collection, time.GetUtcNow()) { Body = body }, cancellationToken);

    /// <summary>Makes a job for this life of a collection, unless there is one of that id, and wakes it.</summary>
    /// <param name="kind">What it does; <see cref="IJobKind.Name"/>.</param>
    /// <param name="collection">Collection it works on, which must exist.</param>
    /// <param name="body">Its request, in the form of its kind.</param>
    /// <param name="id">Its id, for a job that shall be made only once; null draws one.</param>
    /// <param name="cancellationToken">Gives up; the job may have been made.</param>
    /// <returns>The job as it is now.</returns>
    /// <exception cref="Index.Errors.BigrainException">NotFound: there is no such collection.</exception>
    public async Task<JobRecord> StartOnAsync(string kind, string collection, JsonElement? body, string? id, CancellationToken cancellationToken)
    {
        CollectionSnapshot known = await directory.GetAsync(collection, cancellationToken);
        var record = new JobRecord(id ?? JobIds.Create(kind, random), kind, collection, time.GetUtcNow())
        {
            Body = body,
            Incarnation = known.Head.Incarnation.Value,
        };
        return await StartAsync(record, cancellationToken);
    }

    /// <summary>Makes a job of a prepared record unless there is one of its id, and wakes it.</summary>
    /// <param name="record">The first record.</param>
    /// <param name="cancellationToken">Gives up; the job may have been made.</param>
    /// <returns>The job as it is now.</returns>
    /// <exception cref="Index.Errors.BigrainException">Conflict: another request with the same key made that job.</exception>
    public async Task<JobRecord> StartAsync(JobRecord record, CancellationToken cancellationToken)
    {
        (JobSnapshot job, bool created) = await store.CreateAsync(record, cancellationToken);
        if (!created)
        {
            JobKeys.RequireSame(record, job.Record);
        }

        if (!job.Record.HasEnded)
        {
            // Whoever does not hear this finds the job when it looks.
            grains.GetGrain<IJobGrain>(record.Id).WakeAsync(CancellationToken.None).Ignore();
        }

        return job.Record;
    }

    /// <summary>Asks for the end of a job.</summary>
    /// <returns>The job as it is now; null when there is none of that id.</returns>
    /// <exception cref="Index.Errors.BigrainException">Conflict: its work took effect already.</exception>
    public async Task<JobRecord?> CancelAsync(string id, CancellationToken cancellationToken)
    {
        if (await store.RequestCancelAsync(id, cancellationToken) is not { } job)
        {
            return null;
        }

        if (!job.Record.HasEnded)
        {
            grains.GetGrain<IJobGrain>(id).LookAsync(CancellationToken.None).Ignore();
        }

        return job.Record;
    }
}
