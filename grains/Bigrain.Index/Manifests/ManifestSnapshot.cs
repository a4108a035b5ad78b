using Bigrain.Index.Blobs;

namespace Bigrain.Index.Manifests;

/// <summary>A manifest as read, with what is needed to replace it.</summary>
/// <param name="Manifest">The manifest; <see cref="PartitionManifest.Empty"/> while there is none.</param>
/// <param name="Tag">Version of the blob; null while there is none.</param>
public sealed record ManifestSnapshot(PartitionManifest Manifest, BlobTag? Tag);
