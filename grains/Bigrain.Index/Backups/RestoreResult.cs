namespace Bigrain.Index.Backups;

/// <summary>What a restore job made.</summary>
/// <param name="Collection">The collection.</param>
/// <param name="Incarnation">Its new life.</param>
/// <param name="BlobCount">Blobs restored.</param>
/// <param name="Bytes">Bytes of these.</param>
public sealed record RestoreResult(string Collection, string Incarnation, long BlobCount, long Bytes);
