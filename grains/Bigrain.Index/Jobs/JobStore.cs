using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Bigrain.Index.Blobs;
using Bigrain.Index.Errors;
using Bigrain.Index.Formats;
using Bigrain.Index.Partitions;

namespace Bigrain.Index.Jobs;

/// <summary>Makes, reads and swaps the records of jobs; one blob each, changed only by compare-and-swap.</summary>
/// <remarks>Thread safe; any number of processes may work on one store.</remarks>
/// <param name="store">The store.</param>
/// <param name="time">Clock.</param>
public sealed class JobStore(IBlobStore store, TimeProvider time)
{
    private const int SwapAttempts = 16;
    private const int ConcurrentReads = 16;

    private readonly SettledWrites _writes = new(store, time);

    /// <summary>Makes a job unless there is one of that id.</summary>
    /// <param name="record">Its first record.</param>
    /// <param name="cancellationToken">Gives up; the outcome is then unknown, and doing it again settles it.</param>
    /// <returns>The job as it is now, and whether it was made by this call.</returns>
    /// <exception cref="BlobStoreException">The store failed.</exception>
    public async Task<(JobSnapshot Job, bool Created)> CreateAsync(JobRecord record, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(record);
        JobIds.Validate(record.Id);
        string blob = DataPaths.Job(record.Id);
        SettledWrite written = await _writes.CreateAsync(blob, Format(record), cancellationToken);
        if (written.Tag is { } tag)
        {
            return (new JobSnapshot(record, tag), true);
        }

        return written.Found is { } found
            ? (Parse(blob, found), false)
            : throw new BigrainException(ErrorCode.Unavailable, $"job '{record.Id}' was removed meanwhile: retry", "id");
    }

    /// <summary>Reads a job.</summary>
    /// <returns>The job, or null when there is none of that id.</returns>
    /// <exception cref="CorruptBlobException">The record is damaged.</exception>
    /// <exception cref="BlobStoreException">The store failed.</exception>
    public async Task<JobSnapshot?> ReadAsync(string id, CancellationToken cancellationToken)
    {
        if (!JobIds.IsValid(id))
        {
            return null;
        }

        string blob = DataPaths.Job(id);
        BlobContent? content = await _writes.ReadAsync(token => store.ReadAsync(blob, token), cancellationToken);
        return content is null ? null : Parse(blob, content);
    }

    /// <summary>Whether a job's record is another than the one that was read; costs one request without a body.</summary>
    /// <exception cref="BlobStoreException">The store failed.</exception>
    public async Task<bool> HasChangedAsync(JobSnapshot known, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(known);
        BlobProperties? properties =
            await _writes.ReadAsync(token => store.GetPropertiesAsync(DataPaths.Job(known.Record.Id), token), cancellationToken);
        return properties?.Tag != known.Tag;
    }

    /// <summary>Replaces a record if nobody did so before.</summary>
    /// <param name="current">What it replaces, as read.</param>
    /// <param name="next">What it becomes.</param>
    /// <param name="cancellationToken">Gives up; the outcome is then unknown.</param>
    /// <returns>The new state, or null when somebody else was first, or removed it.</returns>
    /// <exception cref="InvalidOperationException">The job has ended, or it would become another one.</exception>
    /// <exception cref="BlobStoreException">The store failed.</exception>
    public async Task<JobSnapshot?> TryReplaceAsync(JobSnapshot current, JobRecord next, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(current);
        ArgumentNullException.ThrowIfNull(next);
        if (current.Record.HasEnded || next.Id != current.Record.Id || next.Kind != current.Record.Kind)
        {
            throw new InvalidOperationException($"the record of job '{current.Record.Id}' cannot change to that");
        }

        JobRecord stamped = next with { UpdatedAt = Later(time.GetUtcNow(), current.Record.UpdatedAt) };
        SettledWrite written = await _writes.ReplaceAsync(DataPaths.Job(next.Id), current.Tag, Format(stamped), cancellationToken);
        return written.Tag is { } tag ? new JobSnapshot(stamped, tag) : null;
    }

    /// <summary>Asks for the end of a job; whoever runs it sees that at its next step.</summary>
    /// <returns>The job as it is now; one that has ended stays as it is. Null when there is none of that id.</returns>
    /// <exception cref="BigrainException"><see cref="ErrorCode.Conflict"/>: its work took effect already, so that it can only be finished.</exception>
    /// <exception cref="BlobStoreException">The store failed.</exception>
    public async Task<JobSnapshot?> RequestCancelAsync(string id, CancellationToken cancellationToken)
    {
        for (int attempt = 0; attempt < SwapAttempts; attempt++)
        {
            if (await ReadAsync(id, cancellationToken) is not { } job)
            {
                return null;
            }

            if (job.Record.HasEnded || job.Record.CancelRequested)
            {
                return job;
            }

            if (job.Record.IsCommitted)
            {
                throw new BigrainException(ErrorCode.Conflict, "the job's work took effect already and is only being finished: it cannot be cancelled", "id");
            }

            if (await TryReplaceAsync(job, job.Record with { CancelRequested = true }, cancellationToken) is { } asked)
            {
                return asked;
            }
        }

        throw new BigrainException(ErrorCode.Unavailable, "the job's record changes all the time: retry", "id");
    }

    /// <summary>Lists what there is without reading it, in the order of the ids.</summary>
    /// <exception cref="BlobStoreException">The store failed.</exception>
    public async IAsyncEnumerable<BlobEntry> ListEntriesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (BlobEntry entry in store.ListAsync(DataPaths.Jobs, null, cancellationToken))
        {
            if (JobIds.IsValid(IdOf(entry)))
            {
                yield return entry;
            }
        }
    }

    /// <summary>Reads all jobs, some at a time, in the order of the ids.</summary>
    /// <exception cref="CorruptBlobException">A record is damaged.</exception>
    /// <exception cref="BlobStoreException">The store failed.</exception>
    public async IAsyncEnumerable<JobRecord> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var entries = new List<BlobEntry>();
        await foreach (BlobEntry entry in ListEntriesAsync(cancellationToken))
        {
            entries.Add(entry);
        }

        foreach (BlobEntry[] some in entries.Chunk(ConcurrentReads))
        {
            foreach (JobSnapshot? job in await Task.WhenAll(some.Select(entry => ReadAsync(IdOf(entry), cancellationToken))))
            {
                if (job is not null)
                {
                    yield return job.Record;
                }
            }
        }
    }

    /// <summary>Id of a listed job.</summary>
    public static string IdOf(BlobEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return entry.Name[DataPaths.Jobs.Length..];
    }

    /// <summary>Reads all jobs whose records are whole, newest first.</summary>
    /// <remarks>A damaged record must not hide the others: the checks of the store report it.</remarks>
    /// <exception cref="BlobStoreException">The store failed.</exception>
    public async Task<ImmutableArray<JobRecord>> ListAsync(CancellationToken cancellationToken)
    {
        var records = new List<JobRecord>();
        await foreach (BlobEntry entry in ListEntriesAsync(cancellationToken))
        {
            try
            {
                if (await ReadAsync(IdOf(entry), cancellationToken) is { } job)
                {
                    records.Add(job.Record);
                }
            }
            catch (CorruptBlobException)
            {
                // As said above.
            }
        }

        return [.. records.OrderByDescending(record => record.CreatedAt).ThenBy(record => record.Id, StringComparer.Ordinal)];
    }

    /// <summary>Removes a job that has ended, and what it kept; its data first, so that nothing stays behind without a record.</summary>
    /// <returns>Whether it is gone.</returns>
    /// <exception cref="BlobStoreException">The store failed.</exception>
    public async Task<bool> RemoveAsync(JobSnapshot job, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(job);
        if (!job.Record.HasEnded)
        {
            throw new InvalidOperationException($"job '{job.Record.Id}' has not ended");
        }

        await RemoveDataAsync(job.Record.Id, cancellationToken);
        return await _writes.DeleteAsync(DataPaths.Job(job.Record.Id), job.Tag, cancellationToken);
    }

    /// <summary>Removes what a job kept beside its record.</summary>
    /// <exception cref="BlobStoreException">The store failed.</exception>
    public async Task RemoveDataAsync(string id, CancellationToken cancellationToken)
    {
        JobIds.Validate(id);
        var names = new List<string>();
        await foreach (BlobEntry entry in store.ListAsync(DataPaths.JobData(id), null, cancellationToken))
        {
            names.Add(entry.Name);
        }

        foreach (string name in names)
        {
            await _writes.ReadAsync(token => store.DeleteAsync(name, null, token), cancellationToken);
        }
    }

    private static byte[] Format(JobRecord record) => FormatJson.Write(BlobKind.Job, record, FormatJson.Default.JobRecord);

    private static JobSnapshot Parse(string blob, BlobContent content)
    {
        JobRecord record = FormatJson.Read(BlobKind.Job, blob, content.Bytes, FormatJson.Default.JobRecord);
        return DataPaths.Job(record.Id) == blob
            ? new JobSnapshot(record, content.Tag)
            : throw new CorruptBlobException(blob, BlobEnvelope.HeaderBytes, "the record of this job", $"that of '{record.Id}'");
    }

    // Two silos' clocks may differ; a record never gets older.
    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;
}
