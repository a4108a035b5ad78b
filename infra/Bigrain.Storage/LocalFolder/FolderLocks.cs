using System.IO.Hashing;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Bigrain.Storage.LocalFolder;

/// <summary>Exclusive locks by blob name, between threads and between processes.</summary>
/// <remarks>A fixed set of lock files, never deleted (deleting one while another process waits for it would split the lock).
/// The operating system frees a lock when its process dies.</remarks>
internal sealed class FolderLocks : IDisposable
{
    private const int StripeCount = 64;
    private const int WindowsSharingViolation = unchecked((int)0x80070020);
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(20);

    private readonly SemaphoreSlim[] _stripes = [.. Enumerable.Range(0, StripeCount).Select(_ => new SemaphoreSlim(1, 1))];
    private readonly string _folder;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;

    public FolderLocks(string folder, TimeSpan timeout, TimeProvider time)
    {
        _folder = folder;
        _timeout = timeout;
        _time = time;
    }

    /// <summary>Waits for the lock of a name.</summary>
    /// <returns>The lock; disposing frees it.</returns>
    /// <exception cref="TimeoutException">Somebody else kept it for too long.</exception>
    public async ValueTask<IDisposable> TakeAsync(string name, CancellationToken cancellationToken)
    {
        int stripe = (int)(XxHash3.HashToUInt64(MemoryMarshal.AsBytes(name.AsSpan())) % StripeCount);
        SemaphoreSlim local = _stripes[stripe];
        if (!await local.WaitAsync(_timeout, cancellationToken).ConfigureAwait(false))
        {
            throw new TimeoutException($"lock {stripe} is held by this process for more than {_timeout}");
        }

        try
        {
            string path = Path.Combine(_folder, $"{stripe:x2}");
            long start = _time.GetTimestamp();
            for (TimeSpan wait = FirstWait; ; wait = wait * 2 > LongestWait ? LongestWait : wait * 2)
            {
                if (TryTake(path) is { } handle)
                {
                    return new Held(local, handle);
                }

                if (_time.GetElapsedTime(start) > _timeout)
                {
                    throw new TimeoutException($"lock file '{path}' is held by another process for more than {_timeout}");
                }

                await Task.Delay(wait, _time, cancellationToken).ConfigureAwait(false);
            }
        }
        catch
        {
            local.Release();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (SemaphoreSlim stripe in _stripes)
        {
            stripe.Dispose();
        }
    }

    private static SafeFileHandle? TryTake(string path)
    {
        SafeFileHandle handle;
        try
        {
            // An exclusive share is an exclusive flock on Unix.
            handle = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException error) when (UnixFiles.IsWouldBlock(error.HResult) || error.HResult == WindowsSharingViolation)
        {
            return null;
        }

        // .NET goes on silently where the volume has no locks; asking again for the lock held tells.
        if (OperatingSystem.IsWindows() || UnixFiles.TryLock(handle))
        {
            return handle;
        }

        handle.Dispose();
        return null;
    }

    private sealed class Held(SemaphoreSlim local, SafeFileHandle handle) : IDisposable
    {
        public void Dispose()
        {
            handle.Dispose();
            local.Release();
        }
    }
}
