using Bigrain.Index.Blobs;
using Bigrain.Index.Coarse;
using Bigrain.Index.Manifests;
using Bigrain.Index.Memory;
using Bigrain.Index.Schema;
using Bigrain.Index.Segments.Dense;
using Bigrain.Index.Segments.Ids;
using Bigrain.Index.Segments.Payloads;

namespace Bigrain.Index.Segments;

/// <summary>A loaded segment: codes in native memory, ids mapped, dense records and payloads behind readers.</summary>
/// <remarks>Immutable, any number of threads. Reference counted: whoever uses it holds a reference (a snapshot holds one for
/// its queries), and its memory goes back when the last one is released.</remarks>
public sealed class Segment
{
    private readonly MemoryLease _lease;
    private int _references = 1;

    internal Segment(
        SegmentLocation location,
        SegmentDescriptor descriptor,
        CoarseIndex coarse,
        IdTable ids,
        DenseReader dense,
        PayloadReader payloads,
        MemoryLease lease)
    {
        Location = location;
        Descriptor = descriptor;
        Coarse = coarse;
        Content = new SegmentContent(ids, dense, payloads);
        _lease = lease;
    }

    /// <summary>Where its files are.</summary>
    public SegmentLocation Location { get; }

    /// <summary>What the manifest said of it when it was opened; delete bitmaps come and go without it.</summary>
    public SegmentDescriptor Descriptor { get; }

    /// <summary>Documents in it, dead ones included.</summary>
    public int SlotCount => Descriptor.SlotCount;

    /// <summary>Codes of the default representation.</summary>
    public CoarseIndex Coarse { get; }

    /// <summary>Ids, versions and expiry by slot, and slots by id.</summary>
    public IdTable Ids => Content.Ids;

    /// <summary>Dense records of the default representation.</summary>
    public DenseReader Dense => Content.Dense;

    /// <summary>Payloads.</summary>
    public PayloadReader Payloads => Content.Payloads;

    /// <summary>Bytes of the memory budget that it holds; mapped files are not counted.</summary>
    public long MemoryBytes => _lease.Bytes;

    /// <summary>All of it but the codes.</summary>
    internal SegmentContent Content { get; }

    /// <summary>References held now.</summary>
    internal int ReferenceCount => Volatile.Read(ref _references);

    /// <summary>Opens a segment: prices it, then loads codes and maps ids, each checked before use.</summary>
    /// <param name="access">How its files are reached.</param>
    /// <param name="location">Where they are.</param>
    /// <param name="descriptor">What the manifest says of it.</param>
    /// <param name="schema">Schema of the collection.</param>
    /// <param name="budget">Where its memory is taken from.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The segment, with one reference held by the caller.</returns>
    /// <exception cref="CorruptBlobException">A file is missing or is not what was written.</exception>
    /// <exception cref="BlobStoreException">The store failed.</exception>
    /// <exception cref="Errors.BigrainException"><see cref="Errors.ErrorCode.Overloaded"/>: it does not fit the budget.</exception>
    public static ValueTask<Segment> OpenAsync(
        SegmentAccess access,
        SegmentLocation location,
        SegmentDescriptor descriptor,
        CollectionSchema schema,
        MemoryBudget budget,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(budget);
        return new SegmentOpener(access, location, descriptor, schema.Default, tables: null, budget.Take).OpenAsync(cancellationToken);
    }

    /// <summary>Takes one more reference, unless the segment is already gone.</summary>
    public bool TryAddReference()
    {
        while (true)
        {
            int references = Volatile.Read(ref _references);
            if (references == 0)
            {
                return false;
            }

            if (Interlocked.CompareExchange(ref _references, references + 1, references) == references)
            {
                return true;
            }
        }
    }

    /// <summary>Gives a reference back; with the last one the memory is freed.</summary>
    public void Release()
    {
        int left = Interlocked.Decrement(ref _references);
        if (left < 0)
        {
            throw new InvalidOperationException($"segment '{Location}' was released more often than referenced");
        }

        if (left > 0)
        {
            return;
        }

        Coarse.Dispose();
        Content.Dispose();
        _lease.Dispose();
    }
}
