using Bigrain.Contracts.Faults;
using Bigrain.Index.Blobs;
using Bigrain.Index.Errors;

namespace Bigrain.Grains.Faults;

/// <summary>Turns errors into their wire form at the edge of a grain, and back at the edge of its caller.</summary>
public static class FaultTranslation
{
    private const string TooManyCalls = "too many calls are waiting for one grain: back off, then retry";
    private const string SiloSilent = "the silo that holds this part does not answer now: retry";
    private const string ReportIt = "internal error: report it with the trace id";

    /// <summary>Gives the wire form of an error that leaves a grain.</summary>
    /// <param name="error">Any error except a cancellation.</param>
    /// <returns>The fault; an unknown error becomes <see cref="FaultCode.Internal"/> without its text.</returns>
    public static FaultException ToFault(Exception error) => error switch
    {
        FaultException fault => fault,
        BigrainException known => new((FaultCode)known.Code, known.Message, known.Field, known.RetryAfter),
        CorruptBlobException corrupt => new(FaultCode.DataCorrupt, corrupt.Message, null, null),
        BlobStoreException store => new(
            FaultCode.Unavailable, $"blob store failed to {store.Operation} '{store.BlobName}' ({store.Failure})", null, null),
        TimeoutException => new(FaultCode.DeadlineExceeded, "a part of the silo did not answer in time", null, null),
        LimitExceededException => new(FaultCode.Overloaded, TooManyCalls, null, null),
        OrleansMessageRejectionException or SiloUnavailableException => new(FaultCode.Unavailable, SiloSilent, null, null),
        _ => new(FaultCode.Internal, ReportIt, null, null),
    };

    /// <summary>Gives the error that a failed grain call means to its caller.</summary>
    /// <param name="error">Any error except a cancellation.</param>
    /// <returns>The error with its remedy; unknown ones become <see cref="ErrorCode.Internal"/> with the cause inside.</returns>
    public static BigrainException FromFault(Exception error) => error switch
    {
        BigrainException known => known,
        FaultException fault => new((ErrorCode)fault.Code, fault.Message, fault.Field) { RetryAfter = fault.RetryAfter },
        CorruptBlobException or BlobStoreException => FromFault(ToFault(error)),
        TimeoutException => new(ErrorCode.DeadlineExceeded, "the silo did not answer in time: allow more time or ask for less", null, error),
        LimitExceededException => new(ErrorCode.Overloaded, TooManyCalls, null, error),
        OrleansMessageRejectionException or SiloUnavailableException =>
            new(ErrorCode.Unavailable, SiloSilent, null, error),
        _ => new(ErrorCode.Internal, ReportIt, null, error),
    };
}
