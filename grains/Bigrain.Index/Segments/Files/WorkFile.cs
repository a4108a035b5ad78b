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
        catch (IOException error)
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
        catch (IOException error)
        {
            throw Translate(error, file.Name);
        }
    }

    private static BlobStoreException Translate(IOException error, string path) => new(
        "write work file",
        path,
        error.HResult is NoSpaceErrno or NoSpaceWindows ? BlobFailure.Full : BlobFailure.Permanent,
        error);
}
