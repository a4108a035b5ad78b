using Bigrain.Index.Blobs;
using Bigrain.Index.Formats;
using Bigrain.Index.Partitions;

namespace Bigrain.Index.Garbage;

/// <summary>Reads and swaps the list of candidates.</summary>
internal sealed class CandidateStore(IBlobStore store, TimeProvider time)
{
    private readonly SettledWrites _writes = new(store, time);

    /// <summary>Reads the list; an empty one where there is none.</summary>
    public async Task<(GarbageCandidates Candidates, BlobTag? Tag)> ReadAsync(CancellationToken cancellationToken)
    {
        BlobContent? content = await _writes.ReadAsync(token => store.ReadAsync(DataPaths.GarbageCandidates, token), cancellationToken);
        return content is null
            ? (new GarbageCandidates(DateTimeOffset.UnixEpoch, []), null)
            : (FormatJson.Read(BlobKind.GarbageCandidates, DataPaths.GarbageCandidates, content.Bytes, FormatJson.Default.GarbageCandidates), content.Tag);
    }

    /// <summary>Replaces the list that was read.</summary>
    /// <returns>Whether nobody else did so meanwhile.</returns>
    public async Task<bool> TryWriteAsync(BlobTag? expected, GarbageCandidates candidates, CancellationToken cancellationToken)
    {
        byte[] blob = FormatJson.Write(BlobKind.GarbageCandidates, candidates, FormatJson.Default.GarbageCandidates);
        SettledWrite written = expected is { } tag
            ? await _writes.ReplaceAsync(DataPaths.GarbageCandidates, tag, blob, cancellationToken)
            : await _writes.CreateAsync(DataPaths.GarbageCandidates, blob, cancellationToken);
        return written.Tag is not null;
    }
}
