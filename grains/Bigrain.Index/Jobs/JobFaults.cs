using Bigrain.Index.Blobs;
using Bigrain.Index.Errors;

namespace Bigrain.Index.Jobs;

/// <summary>What an error means to the job that met it.</summary>
public static class JobFaults
{
    /// <summary>Gives an error its remedy.</summary>
    /// <param name="error">Any error.</param>
    /// <returns>The error with its remedy; null when this layer does not know it.</returns>
    public static BigrainException? Translate(Exception error) => error switch
    {
        BigrainException known => known,
        CorruptBlobException corrupt => new(ErrorCode.DataCorrupt, corrupt.Message, null, corrupt),
        BlobStoreException store => new(
            ErrorCode.Unavailable, $"blob store failed to {store.Operation} '{store.BlobName}' ({store.Failure})", null, store),
        TimeoutException => new(ErrorCode.DeadlineExceeded, "a step did not end in time", null, error),
        OperationCanceledException => new(ErrorCode.Unavailable, "a step was given up", null, error),
        _ => null,
    };

    /// <summary>Whether the same step may succeed later.</summary>
    /// <remarks>Fenced counts: a newer owner of a partition or stream exists, and the next try asks that one.</remarks>
    public static bool MayPass(BigrainException error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return error.Retryable || error.Code == ErrorCode.Fenced;
    }
}
