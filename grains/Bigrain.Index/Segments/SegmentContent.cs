using Bigrain.Index.Blobs;
using Bigrain.Index.Manifests;
using Bigrain.Index.Schema;
using Bigrain.Index.Segments.Dense;
using Bigrain.Index.Segments.Ids;
using Bigrain.Index.Segments.Payloads;

namespace Bigrain.Index.Segments;

/// <summary>The documents of a segment without its codes: what is copied or read through takes nothing of the memory budget.</summary>
/// <remarks>Thread safe. The dense type is that of the file, whatever the schema says by now.</remarks>
public sealed class SegmentContent : IDisposable
{
    internal SegmentContent(IdTable ids, DenseReader dense, PayloadReader payloads)
    {
        Ids = ids;
        Dense = dense;
        Payloads = payloads;
    }

    /// <summary>Documents in it, dead ones included.</summary>
    public int SlotCount => Ids.SlotCount;

    /// <summary>Ids, versions and expiry by slot, and slots by id.</summary>
    public IdTable Ids { get; }

    /// <summary>Dense records of the default representation.</summary>
    public DenseReader Dense { get; }

    /// <summary>Payloads.</summary>
    public PayloadReader Payloads { get; }

    /// <summary>Opens the documents of a segment.</summary>
    /// <param name="access">How its files are reached.</param>
    /// <param name="location">Where they are.</param>
    /// <param name="descriptor">What the manifest says of it.</param>
    /// <param name="representation">The representation whose records are wanted.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="CorruptBlobException">A file is missing or is not what was written.</exception>
    /// <exception cref="BlobStoreException">The store failed.</exception>
    public static ValueTask<SegmentContent> OpenAsync(
        SegmentAccess access,
        SegmentLocation location,
        SegmentDescriptor descriptor,
        RepresentationSchema representation,
        CancellationToken cancellationToken) =>
        new SegmentOpener(access, location, descriptor, representation, tables: null, static (_, purpose) =>
            throw new InvalidOperationException($"{purpose} was to be opened without its codes")).OpenContentAsync(cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        Ids.Dispose();
        Dense.Dispose();
        Payloads.Dispose();
    }
}
