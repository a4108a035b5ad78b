using System.Text.Json;
using Bigrain.Grains.Collections;
using Bigrain.Grains.Jobs;
using Bigrain.Index.Errors;
using Bigrain.Index.Jobs;
using Bigrain.Index.Randomness;

namespace Bigrain.Silo.Http;

/// <summary>Makes the jobs that requests ask for: one for each request, however often it is sent with its key.</summary>
/// <remarks>A request that is sent again is answered with its job before anything else is looked at: what that job did since must not
/// have it refused.</remarks>
internal sealed class JobRequests(JobStore jobs, JobStarter starter, CollectionDirectory directory, IRandomSource random, TimeProvider time)
{
    /// <summary>Names the job of a request.</summary>
    /// <param name="key">The request's key; null: it has none.</param>
    /// <param name="kind">What the job does.</param>
    /// <exception cref="BigrainException">InvalidArgument: not a key.</exception>
    public JobName NameOf(string? key, string kind) =>
        key is null ? new JobName(JobIds.Create(kind, random), kind, IsKeyed: false) : new JobName(JobKeys.IdOf(key), kind, IsKeyed: true);

    /// <summary>Makes a job for this life of a collection, unless the request has one, and wakes it.</summary>
    /// <param name="name">Name of the job.</param>
    /// <param name="collection">The collection, which must exist.</param>
    /// <param name="body">The request, in the form of the kind.</param>
    /// <param name="prepare">Refuses what cannot end well, and writes what the job will need; not called for a request that has its job.</param>
    /// <param name="cancellationToken">Gives up; the job may have been made.</param>
    /// <exception cref="BigrainException">NotFound: there is no such collection. Conflict: another request has the key.</exception>
    public async Task<JobRecord> StartOnAsync(
        JobName name, string collection, JsonElement? body, Func<CancellationToken, Task>? prepare, CancellationToken cancellationToken)
    {
        CollectionSnapshot known = await directory.GetAsync(collection, cancellationToken);
        JobRecord job = Describe(name, collection, body) with { Incarnation = known.Head.Incarnation.Value };
        return await StartAsync(job, prepare, cancellationToken);
    }

    /// <summary>Makes a job unless the request has one, and wakes it.</summary>
    /// <param name="name">Name of the job.</param>
    /// <param name="collection">Collection it works on, which need not exist; null for the whole store.</param>
    /// <param name="body">The request, in the form of the kind.</param>
    /// <param name="prepare">Refuses what cannot end well; not called for a request that has its job.</param>
    /// <param name="cancellationToken">Gives up; the job may have been made.</param>
    /// <exception cref="BigrainException">Conflict: another request has the key.</exception>
    public Task<JobRecord> StartAsync(
        JobName name, string? collection, JsonElement? body, Func<CancellationToken, Task>? prepare, CancellationToken cancellationToken) =>
        StartAsync(Describe(name, collection, body), prepare, cancellationToken);

    private JobRecord Describe(JobName name, string? collection, JsonElement? body) => new(name.Id, name.Kind, collection, time.GetUtcNow())
    {
        Body = body,
        Request = name.IsKeyed ? JobKeys.DigestOf(body) : null,
    };

    private async Task<JobRecord> StartAsync(JobRecord job, Func<CancellationToken, Task>? prepare, CancellationToken cancellationToken)
    {
        if (await FindAsync(job, cancellationToken) is { } made)
        {
            return made;
        }

        try
        {
            await (prepare?.Invoke(cancellationToken) ?? Task.CompletedTask);
        }
        catch (BigrainException)
        {
            // The same request, on its way twice: the job that the other one made may be what this one was refused for.
            if (await FindAsync(job, cancellationToken) is { } meanwhile)
            {
                return meanwhile;
            }

            throw;
        }

        return await starter.StartAsync(job, cancellationToken);
    }

    /// <summary>The job that the same request made before; null when there is none, or the request has no key.</summary>
    private async Task<JobRecord?> FindAsync(JobRecord job, CancellationToken cancellationToken)
    {
        if (job.Request is null || await jobs.ReadAsync(job.Id, cancellationToken) is not { Record: var found })
        {
            return null;
        }

        JobKeys.RequireSame(job, found);
        return found;
    }
}
