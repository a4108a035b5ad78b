using System.Buffers;
using System.IO.Hashing;
using System.Text;
using Bigrain.Index.Blobs;
using Bigrain.Index.Randomness;
using Microsoft.Win32.SafeHandles;

namespace Bigrain.Storage.LocalCopies;

/// <summary>Downloads, names and checks the files of the copies.</summary>
/// <remarks>A file is named <c>{hash of the blob's name}-{hash of the content}</c> (XxHash128, hex). It gets that name by a rename after its
/// last byte was written and flushed, so a file with such a name is complete or the disk lost bytes, which the hash shows.</remarks>
internal sealed class LocalCopyFiles(IBlobStore store, string folder, int partBytes, IRandomSource random)
{
    private const int HashLength = 32;
    private const string PartialMark = ".part";

    public static string KeyOf(string blobName) => Convert.ToHexStringLower(XxHash128.Hash(Encoding.UTF8.GetBytes(blobName)));

    /// <summary>Finds the complete files, oldest first, and removes what downloads left behind.</summary>
    public List<LocalCopy> Scan()
    {
        var found = new List<(DateTime Modified, LocalCopy Copy)>();
        foreach (FileInfo file in new DirectoryInfo(folder).EnumerateFiles())
        {
            if (file.Name.EndsWith(PartialMark, StringComparison.Ordinal))
            {
                file.Delete();
            }
            else if (file.Name.Length == (2 * HashLength) + 1 && file.Name[HashLength] == '-')
            {
                found.Add((file.LastWriteTimeUtc, new LocalCopy(file.Name[..HashLength], file.FullName, file.Length, isVerified: false)));
            }
        }

        return [.. found.OrderBy(item => item.Modified).Select(item => item.Copy)];
    }

    /// <summary>Whether the content still has the hash in its file's name.</summary>
    public bool Matches(LocalCopy copy)
    {
        using SafeFileHandle file = File.OpenHandle(copy.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.SequentialScan);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(PartOf(copy.LengthBytes));
        try
        {
            var hash = new XxHash128();
            int read;
            for (long offset = 0; (read = RandomAccess.Read(file, buffer, offset)) > 0; offset += read)
            {
                hash.Append(buffer.AsSpan(0, read));
            }

            return copy.Path.EndsWith(Convert.ToHexStringLower(hash.GetCurrentHash()), StringComparison.Ordinal);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Copies a blob, the next part on its way while the last one is written.</summary>
    /// <exception cref="CorruptBlobException">The blob ended before its length.</exception>
    public async Task<LocalCopy> DownloadAsync(string blobName, long lengthBytes, CancellationToken cancellationToken)
    {
        string partial = Path.Combine(folder, $"{random.NextUInt64():x16}{PartialMark}");
        byte[] current = ArrayPool<byte>.Shared.Rent(PartOf(lengthBytes)), next = ArrayPool<byte>.Shared.Rent(PartOf(lengthBytes - partBytes));
        Task<int> reading = Task.FromResult(0);
        try
        {
            var hash = new XxHash128();
            using (SafeFileHandle file = File.OpenHandle(partial, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                reading = ReadPartAsync(blobName, 0, lengthBytes, current, cancellationToken);
                for (long offset = 0; offset < lengthBytes;)
                {
                    int length = await reading.ConfigureAwait(false);
                    reading = ReadPartAsync(blobName, offset + length, lengthBytes, next, cancellationToken);
                    hash.Append(current.AsSpan(0, length));
                    await RandomAccess.WriteAsync(file, current.AsMemory(0, length), offset, cancellationToken).ConfigureAwait(false);
                    offset += length;
                    (current, next) = (next, current);
                }

                await Task.Run(() => RandomAccess.FlushToDisk(file), cancellationToken).ConfigureAwait(false);
            }

            string key = KeyOf(blobName);
            string path = Path.Combine(folder, $"{key}-{Convert.ToHexStringLower(hash.GetCurrentHash())}");
            File.Move(partial, path, overwrite: true);
            return new LocalCopy(key, path, lengthBytes, isVerified: true);
        }
        catch
        {
            File.Delete(partial);
            throw;
        }
        finally
        {
            // A read still on its way writes into its buffer: only then may the pool have it.
            await ((Task)reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            ArrayPool<byte>.Shared.Return(current);
            ArrayPool<byte>.Shared.Return(next);
        }
    }

    // The pool keeps what it gave, for every thread: most files are small, and a whole part for each would stay in memory.
    private int PartOf(long bytes) => (int)Math.Clamp(bytes, 1, partBytes);

    private async Task<int> ReadPartAsync(string blobName, long offset, long lengthBytes, byte[] buffer, CancellationToken cancellationToken)
    {
        int wanted = (int)Math.Min(partBytes, lengthBytes - offset);
        if (wanted == 0)
        {
            return 0;
        }

        int? read = await store.ReadRangeAsync(blobName, offset, buffer.AsMemory(0, wanted), cancellationToken).ConfigureAwait(false);
        return read == wanted
            ? wanted
            : throw new CorruptBlobException(blobName, offset + (read ?? 0), $"{lengthBytes} bytes", read is null ? "no blob" : "the end");
    }
}
