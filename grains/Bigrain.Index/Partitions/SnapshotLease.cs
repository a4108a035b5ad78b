namespace Bigrain.Index.Partitions;

/// <summary>A snapshot that is let go at the end of a scope.</summary>
/// <param name="snapshot">The snapshot, with a reference that passes over to the lease.</param>
internal readonly struct SnapshotLease(PartitionSnapshot snapshot) : IDisposable
{
    /// <summary>The snapshot.</summary>
    public PartitionSnapshot Snapshot => snapshot;

    /// <inheritdoc/>
    public void Dispose() => snapshot.Release();
}
