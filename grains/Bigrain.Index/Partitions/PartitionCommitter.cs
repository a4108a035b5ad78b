using System.Collections.Immutable;
using Bigrain.Index.Coarse;
using Bigrain.Index.Errors;
using Bigrain.Index.Manifests;
using Bigrain.Index.Schema;
using Bigrain.Index.Segments;
using Bigrain.Index.Segments.Deletes;

namespace Bigrain.Index.Partitions;

/// <summary>The durable side of a partition: segments, delete bitmaps and the manifest that names them.</summary>
/// <remarks>One call at a time. The manifest swap is the only commit: whatever was written before it is garbage until then.</remarks>
internal sealed class PartitionCommitter
{
    private readonly PartitionKey _key;
    private readonly PartitionServices _services;
    private readonly CollectionSchema _schema;
    private readonly LearnedTables? _tables;
    private readonly ManifestStore _manifests;
    private ManifestSnapshot _current;

    private PartitionCommitter(
        PartitionKey key,
        PartitionServices services,
        CollectionSchema schema,
        LearnedTables? tables,
        ManifestStore manifests,
        ManifestSnapshot current)
    {
        _tables = tables;
        _key = key;
        _services = services;
        _schema = schema;
        _manifests = manifests;
        _current = current;
    }

    /// <summary>The manifest as last read or committed.</summary>
    public PartitionManifest Manifest => _current.Manifest;

    /// <summary>Reads the manifest.</summary>
    public static async Task<PartitionCommitter> OpenAsync(
        PartitionKey key, CollectionSchema schema, LearnedTables? tables, PartitionServices services, CancellationToken cancellationToken)
    {
        var manifests = new ManifestStore(
            services.Store, services.Time, key.Incarnation, key.Generation, key.Partition, schema.StreamCount);
        return new PartitionCommitter(key, services, schema, tables, manifests, await manifests.ReadAsync(cancellationToken));
    }

    /// <summary>Whether somebody else has committed since.</summary>
    public Task<bool> IsBehindAsync(CancellationToken cancellationToken) => _manifests.HasChangedAsync(_current, cancellationToken);

    /// <summary>Opens every segment of the manifest with its durable deletes; all or none.</summary>
    /// <exception cref="BigrainException"><see cref="ErrorCode.Overloaded"/>: together they do not fit the budget; none is loaded then.</exception>
    public async Task<ImmutableArray<SegmentView>> OpenSegmentsAsync(CancellationToken cancellationToken)
    {
        _services.Segments.RequireRoom(
            Manifest.Segments.Select(descriptor => (SegmentLocation.Of(_key, descriptor.Name), descriptor)), _schema.Default.Name, $"partition {_key}");
        var views = ImmutableArray.CreateBuilder<SegmentView>();
        try
        {
            foreach (SegmentDescriptor descriptor in Manifest.Segments)
            {
                Segment segment = await OpenSegmentAsync(descriptor, mayExceedBudget: false, cancellationToken);
                views.Add(new SegmentView(segment, descriptor, DeleteBitmap.AllAlive(descriptor.SlotCount)));
                DeleteBitmap deletes = await DeleteBitmap.ReadAsync(
                    _services.Store, SegmentLocation.Of(_key, descriptor.Name), descriptor, cancellationToken);
                views[^1] = views[^1] with { Deletes = deletes };
            }

            return views.ToImmutable();
        }
        catch
        {
            foreach (SegmentView view in views)
            {
                view.Segment.Release();
            }

            throw;
        }
    }

    /// <summary>Opens one segment within the silo's budget.</summary>
    /// <param name="descriptor">What the manifest says of it.</param>
    /// <param name="mayExceedBudget">Whether it may pass the limit, because opening it frees more than it takes.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public ValueTask<Segment> OpenSegmentAsync(
        SegmentDescriptor descriptor, bool mayExceedBudget, CancellationToken cancellationToken) => _services.Segments.AcquireAsync(
            SegmentLocation.Of(_key, descriptor.Name), descriptor, _schema, _tables, mayExceedBudget, cancellationToken);

    /// <summary>Lets go of segments that the manifest no longer names.</summary>
    public void Forget(IEnumerable<SegmentView> dropped)
    {
        foreach (SegmentView view in dropped)
        {
            _services.Segments.Forget(SegmentLocation.Of(_key, view.Descriptor.Name));
        }
    }

    /// <summary>Lets go of every segment of the partition that the manifest does not name: what another silo has replaced, and what was
    /// opened for manifests that were not followed to the end.</summary>
    public void ForgetOthers() => _services.Segments.ForgetOthers(_key, Manifest.Segments);

    /// <summary>Makes changes durable: writes the bitmaps that changed, then swaps the manifest.</summary>
    /// <param name="kept">Segments that stay, with their deletes as they are now.</param>
    /// <param name="added">Segment that comes; null for none.</param>
    /// <param name="floors">Per stream the first sequence that no segment covers.</param>
    /// <param name="cancellationToken">Gives up before the swap.</param>
    /// <exception cref="BigrainException"><see cref="ErrorCode.Fenced"/>: somebody else swapped the manifest.</exception>
    public async Task<ImmutableArray<SegmentDescriptor>> CommitAsync(
        IEnumerable<SegmentView> kept, SegmentView? added, ImmutableArray<long> floors, CancellationToken cancellationToken)
    {
        var descriptors = ImmutableArray.CreateBuilder<SegmentDescriptor>();
        foreach (SegmentView view in added is null ? kept : kept.Append(added))
        {
            descriptors.Add(await PersistDeletesAsync(view, cancellationToken));
        }

        var next = new PartitionManifest(Manifest.Revision + 1, descriptors.ToImmutable(), floors);
        _current = await _manifests.TrySwapAsync(_current, next, cancellationToken)
            ?? throw new BigrainException(ErrorCode.Fenced, $"partition {_key} has a newer owner: its manifest changed");
        return next.Segments;
    }

    private async Task<SegmentDescriptor> PersistDeletesAsync(SegmentView view, CancellationToken cancellationToken)
    {
        SegmentDescriptor descriptor = view.Descriptor;
        if (view.Deletes.DeadCount == descriptor.DeadCount)
        {
            return descriptor;
        }

        // A random number: one that an earlier, failed commit may have used must not be met again.
        int number = (int)(_services.Random.NextUInt64() >> 33);
        SegmentFile file = await view.Deletes.WriteAsync(
            _services.Store, SegmentLocation.Of(_key, descriptor.Name), number, cancellationToken);
        return descriptor with { DeletesFile = file, DeadCount = view.Deletes.DeadCount };
    }
}
