using System.Buffers;
using System.Globalization;
using System.Text;
using Azure.Storage.Blobs.Specialized;

namespace Bigrain.Storage.AzureBlobs;

/// <summary>Stages the blocks of one large upload; nothing is visible until the block list is committed.</summary>
/// <remarks>Block ids carry the id of the write, so that blocks of racing writers cannot mix. The account drops blocks that are never
/// committed after a week.</remarks>
internal sealed class BlockUpload(BlockBlobClient blob, string writeId, int blockBytes, int parallelCount)
{
    public async Task<List<string>> StageAsync(Stream content, CancellationToken cancellationToken)
    {
        var ids = new List<string>();
        var running = new List<Task>();
        using var gate = new SemaphoreSlim(parallelCount, parallelCount);
        try
        {
            while (true)
            {
                await gate.WaitAsync(cancellationToken).ConfigureAwait(false);
                int wanted = NextBlock(content);
                byte[] buffer = ArrayPool<byte>.Shared.Rent(wanted);
                int length = await content.ReadAtLeastAsync(
                    buffer.AsMemory(0, wanted), wanted, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
                if (length == 0)
                {
                    ArrayPool<byte>.Shared.Return(buffer);
                    break;
                }

                string id = Convert.ToBase64String(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{writeId}-{ids.Count:D6}")));
                ids.Add(id);
                running.Add(StageBlockAsync(id, buffer, length, gate, cancellationToken));
                ThrowFirstFailure(running);
            }
        }
        finally
        {
            // The gate and the buffers must outlive every block on its way; the failure itself is thrown below or by the caller's path.
            await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        ThrowFirstFailure(running);
        return ids;
    }

    // The pool keeps what it gave, for every thread: a small file, or the end of one, must not cost a whole block of memory.
    private int NextBlock(Stream content) => content.CanSeek ? (int)Math.Clamp(content.Length - content.Position, 1, blockBytes) : blockBytes;

    private static void ThrowFirstFailure(List<Task> running)
    {
        foreach (Task task in running)
        {
            if (task.IsFaulted || task.IsCanceled)
            {
                task.GetAwaiter().GetResult();
            }
        }

        running.RemoveAll(task => task.IsCompletedSuccessfully);
    }

    private async Task StageBlockAsync(string id, byte[] buffer, int length, SemaphoreSlim gate, CancellationToken cancellationToken)
    {
        try
        {
            using var stream = new MemoryStream(buffer, 0, length, writable: false);
            await blob.StageBlockAsync(id, stream, options: null, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            gate.Release();
        }
    }
}
