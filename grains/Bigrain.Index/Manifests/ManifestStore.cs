using Bigrain.Index.Blobs;
using Bigrain.Index.Formats;
using Bigrain.Index.Partitions;
using Bigrain.Index.Schema;

namespace Bigrain.Index.Manifests;

/// <summary>Reads and swaps the manifest of one partition of one generation: the only commit of its segments.</summary>
/// <remarks>Thread safe; the swap is a compare-and-swap on the store, so any number of processes may try.</remarks>
/// <param name="store">The store.</param>
/// <param name="time">Clock for the pauses between attempts.</param>
/// <param name="incarnation">Life of the collection.</param>
/// <param name="generation">Generation number.</param>
/// <param name="partition">Partition number.</param>
/// <param name="streamCount">Streams of the collection.</param>
public sealed class ManifestStore(
    IBlobStore store, TimeProvider time, CollectionIncarnation incarnation, int generation, int partition, int streamCount)
{
    private readonly SettledWrites _writes = new(store, time);

    /// <summary>Name of the MANIFEST.</summary>
    public string BlobName { get; } = DataPaths.Manifest(incarnation, generation, partition);

    /// <summary>Reads the current manifest.</summary>
    /// <returns>The manifest; the empty one, without a tag, while there is none.</returns>
    /// <exception cref="CorruptBlobException">The blob is damaged, or breaks its own rules.</exception>
    /// <exception cref="BlobStoreException">The store failed.</exception>
    public async Task<ManifestSnapshot> ReadAsync(CancellationToken cancellationToken)
    {
        BlobContent? content = await _writes.ReadAsync(token => store.ReadAsync(BlobName, token), cancellationToken);
        if (content is null)
        {
            return new ManifestSnapshot(PartitionManifest.Empty(streamCount), null);
        }

        PartitionManifest manifest = FormatJson.Read(BlobKind.Manifest, BlobName, content.Bytes, FormatJson.Default.PartitionManifest);
        if (manifest.Of is { } of && of != BlobName)
        {
            throw new CorruptBlobException(BlobName, BlobEnvelope.HeaderBytes, "the manifest of this partition", $"'{of}'");
        }

        return ManifestRules.Broken(manifest, streamCount) is { } broken
            ? throw new CorruptBlobException(BlobName, BlobEnvelope.HeaderBytes, broken, "a manifest that breaks it")
            : new ManifestSnapshot(manifest, content.Tag);
    }

    /// <summary>Whether the manifest is another than the one that was read; costs one request without a body.</summary>
    public async Task<bool> HasChangedAsync(ManifestSnapshot known, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(known);
        BlobProperties? properties = await _writes.ReadAsync(token => store.GetPropertiesAsync(BlobName, token), cancellationToken);
        return properties?.Tag != known.Tag;
    }

    /// <summary>Replaces the manifest if nobody did so before.</summary>
    /// <param name="current">What it replaces, as read.</param>
    /// <param name="next">What it becomes; its revision is one more.</param>
    /// <param name="cancellationToken">Gives up; the outcome is then unknown.</param>
    /// <returns>The new state, or null when somebody else was first: read again and decide anew, as after a lost reply the
    /// change may be in there already.</returns>
    /// <exception cref="InvalidOperationException">The swap would break a rule of manifests; nothing is written.</exception>
    /// <exception cref="BlobStoreException">The store failed; with <see cref="BlobFailure.OutcomeUnknown"/> read again.</exception>
    public async Task<ManifestSnapshot?> TrySwapAsync(ManifestSnapshot current, PartitionManifest next, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(current);
        ArgumentNullException.ThrowIfNull(next);
        if ((ManifestRules.Broken(next, streamCount) ?? ManifestRules.BrokenSwap(current.Manifest, next)) is { } broken)
        {
            throw new InvalidOperationException($"manifest '{BlobName}' revision {next.Revision} refused: expected {broken}");
        }

        next = next with { Of = BlobName };
        byte[] blob = FormatJson.Write(BlobKind.Manifest, next, FormatJson.Default.PartitionManifest);
        SettledWrite written = current.Tag is { } tag
            ? await _writes.ReplaceAsync(BlobName, tag, blob, cancellationToken)
            : await _writes.CreateAsync(BlobName, blob, cancellationToken);
        return written.Tag is { } newTag ? new ManifestSnapshot(next, newTag) : null;
    }
}
