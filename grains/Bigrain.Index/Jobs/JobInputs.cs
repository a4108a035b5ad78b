using Bigrain.Index.Blobs;
using Bigrain.Index.Errors;
using Bigrain.Index.Formats;
using Bigrain.Index.Partitions;

namespace Bigrain.Index.Jobs;

/// <summary>Input of jobs that is too large for their records: numbered parts, written before the job is made and never changed.</summary>
/// <remarks>Thread safe. The parts go when the job does; those of a job that was never made are garbage.</remarks>
/// <param name="store">The store.</param>
/// <param name="time">Clock for the pauses between attempts.</param>
public sealed class JobInputs(IBlobStore store, TimeProvider time)
{
    private readonly SettledWrites _writes = new(store, time);

    /// <summary>Writes a part; one that is there already with the same content is as good.</summary>
    /// <exception cref="BigrainException"><see cref="ErrorCode.Conflict"/>: there is another part of that number, which only a second request
    /// under the same key can have written.</exception>
    /// <exception cref="BlobStoreException">The store failed.</exception>
    public async Task WriteAsync(string id, int part, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        byte[] blob = BlobEnvelope.Wrap(BlobKind.JobInput, BlobEnvelope.NewestVersion(BlobKind.JobInput), content.Span);
        SettledWrite written = await _writes.CreateAsync(DataPaths.JobInput(id, part), blob, cancellationToken);
        if (written.Tag is null)
        {
            throw JobKeys.Taken("body");
        }
    }

    /// <summary>Reads a part.</summary>
    /// <exception cref="CorruptBlobException">It is missing or damaged.</exception>
    /// <exception cref="BlobStoreException">The store failed.</exception>
    public async Task<ReadOnlyMemory<byte>> ReadAsync(string id, int part, CancellationToken cancellationToken)
    {
        string blob = DataPaths.JobInput(id, part);
        BlobContent? content = await _writes.ReadAsync(token => store.ReadAsync(blob, token), cancellationToken);
        return content is null
            ? throw new CorruptBlobException(blob, 0, "a part that the job names", "no blob")
            : BlobEnvelope.Unwrap(BlobKind.JobInput, blob, content.Bytes, out _);
    }
}
