using System.Security;
using Bigrain.Index.Blobs;

namespace Bigrain.Storage.LocalFolder;

/// <summary>Turns the file system's errors into the port's, once.</summary>
internal static class FolderErrors
{
    private const int WindowsDiskFull = unchecked((int)0x80070070);
    private const int WindowsHandleDiskFull = unchecked((int)0x80070027);

    public static bool IsStoreError(Exception error) =>
        error is IOException or UnauthorizedAccessException or SecurityException or TimeoutException;

    /// <param name="operation">The port's operation.</param>
    /// <param name="name">Name of the blob or prefix.</param>
    /// <param name="error">What the file system said.</param>
    /// <param name="isPublished">Whether the name may already be visible: the outcome is then unknown, whatever the error.</param>
    public static BlobStoreException Translate(string operation, string name, Exception error, bool isPublished = false) =>
        new(operation, name, isPublished ? BlobFailure.OutcomeUnknown : FailureOf(error), error);

    // HResult of an IOException is the errno on Unix. The numbers are those of Linux, BSD and macOS.
    private static BlobFailure FailureOf(Exception error) => error switch
    {
        TimeoutException => BlobFailure.Transient,
        UnauthorizedAccessException or SecurityException => BlobFailure.Denied,
        IOException { HResult: WindowsDiskFull or WindowsHandleDiskFull } => BlobFailure.Full,
        IOException { HResult: 27 or 28 or 122 or 69 } => BlobFailure.Full, // EFBIG, ENOSPC, EDQUOT (Linux, BSD)
        IOException { HResult: 1 or 13 or 30 } => BlobFailure.Denied, // EPERM, EACCES, EROFS
        IOException { HResult: 4 or 12 or 16 or 23 or 24 } => BlobFailure.Transient, // EINTR, ENOMEM, EBUSY, ENFILE, EMFILE
        _ => BlobFailure.Permanent,
    };
}
