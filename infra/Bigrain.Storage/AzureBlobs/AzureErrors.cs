using System.Net.Sockets;
using Azure;
using Bigrain.Index.Blobs;

namespace Bigrain.Storage.AzureBlobs;

/// <summary>Turns the errors of the account and of the network into the port's, once.</summary>
internal static class AzureErrors
{
    /// <summary>Whether the error is the store's (and not the caller's or a bug).</summary>
    public static bool IsStoreError(Exception error, CancellationToken callers) =>
        error is RequestFailedException or IOException or HttpRequestException or AggregateException
        || (error is OperationCanceledException && !callers.IsCancellationRequested);

    public static BlobStoreException Translate(string operation, string name, Exception error, bool isWrite) =>
        new(operation, name, FailureOf(error, isWrite), error);

    /// <summary>Whether the store said that the condition of a write did not hold: 409 for a create, 412 for a replace.</summary>
    public static bool IsConditionLost(RequestFailedException error) =>
        error.Status == 412 || (error.Status == 409 && error.ErrorCode is "BlobAlreadyExists" or "ConditionNotMet" or "TargetConditionNotMet");

    private static BlobFailure FailureOf(Exception error, bool isWrite)
    {
        // The retry policy reports all its attempts as one aggregate: the last one tells how it stands.
        Exception last = error is AggregateException { InnerExceptions: [.., var inner] } ? inner : error;
        if (last is RequestFailedException { Status: > 0 } answered)
        {
            return answered switch
            {
                { ErrorCode: "ServerBusy" } or { Status: 429 } => BlobFailure.Transient,
                { ErrorCode: "AccountBeingCreated" or "ContainerBeingDeleted" or "InvalidBlockList" or "InvalidBlobOrBlock" } => BlobFailure.Transient,
                { Status: 401 or 403 } => BlobFailure.Denied,
                { Status: 507 } or { ErrorCode: "InsufficientStorage" or "AccountLimitExceeded" } => BlobFailure.Full,
                { Status: 408 or >= 500 } => isWrite ? BlobFailure.OutcomeUnknown : BlobFailure.Transient,
                _ => BlobFailure.Permanent,
            };
        }

        return isWrite && !WasNeverSent(last) ? BlobFailure.OutcomeUnknown : BlobFailure.Transient;
    }

    private static bool WasNeverSent(Exception error)
    {
        for (Exception? cause = error; cause is not null; cause = cause.InnerException)
        {
            if (cause is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError }
                or SocketException { SocketErrorCode: SocketError.ConnectionRefused or SocketError.HostNotFound or SocketError.HostUnreachable })
            {
                return true;
            }
        }

        return false;
    }
}
