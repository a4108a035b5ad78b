using Bigrain.Grains.Collections;
using Bigrain.Grains.Faults;
using Bigrain.Index.Errors;
using Bigrain.Index.Jobs;

namespace Bigrain.Grains.Jobs;

/// <summary>How jobs find the collection they were made for.</summary>
public static class JobCollections
{
    /// <summary>Gives the collection of a job, and never another one that took its name meanwhile.</summary>
    /// <exception cref="BigrainException"><see cref="ErrorCode.NotFound"/>: it was dropped.</exception>
    public static async ValueTask<CollectionSnapshot> GetLifeAsync(
        this CollectionDirectory directory, JobContext job, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(directory);
        ArgumentNullException.ThrowIfNull(job);
        CollectionSnapshot known = await directory.GetAsync(job.Collection, cancellationToken);
        return job.Record.Incarnation is not { } incarnation || known.Head.Incarnation.Value == incarnation
            ? known
            : throw new BigrainException(ErrorCode.NotFound, $"collection '{job.Collection}' was dropped and made again: start the job for the new one", "collection");
    }

    /// <summary>Gives the error of a call to a partition: one that is not there may belong to a generation that was replaced meanwhile,
    /// and whether the collection is gone shows when it is looked up again.</summary>
    public static BigrainException OfPartition(Exception error) => FaultTranslation.FromFault(error) is { Code: ErrorCode.NotFound } gone
        ? new BigrainException(ErrorCode.Unavailable, gone.Message, gone.Field, gone)
        : FaultTranslation.FromFault(error);
}
