using Bigrain.Index.Blobs;

namespace Bigrain.Index.Segments.Files;

/// <summary>Files of a work directory: unbuffered, and a full disk is told apart from other failures.</summary>
internal static class WorkFile
{
    private const int NoSpaceErrno = 28;
    private const int NoSpaceWindows = unchecked((int)0x80070070);

    public static FileStream Create(string path)
    {
        try
        {
            return new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Translate(error, path);
        }
    }

    public static void Write(FileStream file, ReadOnlySpan<byte> bytes)
    {
        try
        {
            file.Write(bytes);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Translate(error, file.Name);
        }
    }

    public static BlobStoreException Translate(Exception error, string path) => new(
        "write work file",
        path,
        error switch
        {
            UnauthorizedAccessException => BlobFailure.Denied,
            { HResult: NoSpaceErrno or NoSpaceWindows } => BlobFailure.Full,
            _ => BlobFailure.Permanent,
        },
        error);
}
