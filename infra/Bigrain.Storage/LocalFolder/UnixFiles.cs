using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Bigrain.Storage.LocalFolder;

/// <summary>The POSIX calls that .NET does not offer: hard links, advisory locks and flushing a folder.</summary>
internal static partial class UnixFiles
{
    /// <summary>No such file or folder.</summary>
    public const int NoEntry = 2;

    /// <summary>The name is taken.</summary>
    public const int Exists = 17;

    /// <summary>The file has as many names as the volume allows.</summary>
    public const int TooManyLinks = 31;

    private const int LockExclusive = 2;
    private const int LockNonBlocking = 4;
    private const int OpenReadOnly = 0;
    private const int Interrupted = 4;

    /// <summary>Gives a file a second name, atomically and only if that name is free.</summary>
    /// <returns>0, or the errno.</returns>
    public static int Link(string existing, string name) => link(existing, name) == 0 ? 0 : Marshal.GetLastPInvokeError();

    /// <summary>Takes an exclusive advisory lock that ends with the handle or the process.</summary>
    /// <returns>False when another open handle has it.</returns>
    public static bool TryLock(SafeFileHandle file)
    {
        while (flock(file, LockExclusive | LockNonBlocking) != 0)
        {
            int error = Marshal.GetLastPInvokeError();
            if (error != Interrupted)
            {
                // Any other error means that locks do not work here: never go on without.
                return IsWouldBlock(error) ? false : throw Failure(error, "flock");
            }
        }

        return true;
    }

    /// <summary>Whether an errno says that somebody else holds the lock: 11 on Linux, 35 on BSD and macOS.</summary>
    public static bool IsWouldBlock(int error) => error is 11 or 35;

    /// <summary>Makes the entries of a folder durable.</summary>
    /// <exception cref="IOException">The disk refused.</exception>
    public static void FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return; // NTFS journals its folders; there is no call for it.
        }

        int descriptor = open(folder, OpenReadOnly);
        if (descriptor < 0)
        {
            throw Failure(Marshal.GetLastPInvokeError(), folder);
        }

        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        while (fsync(handle) != 0)
        {
            int error = Marshal.GetLastPInvokeError();
            if (error != Interrupted)
            {
                throw Failure(error, folder);
            }
        }
    }

    /// <summary>The error .NET itself would throw: message, and the errno as HResult.</summary>
    public static IOException Failure(int error, string what) =>
        error == NoEntry
            ? new DirectoryNotFoundException($"{Marshal.GetPInvokeErrorMessage(error)}: '{what}'")
            : new IOException($"{Marshal.GetPInvokeErrorMessage(error)}: '{what}'", error);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int link(string existing, string name);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int flock(SafeFileHandle file, int operation);

    [LibraryImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int fsync(SafeFileHandle file);
}
