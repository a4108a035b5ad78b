using Bigrain.Index.Blobs;
using Bigrain.Index.Coarse;
using Bigrain.Index.Manifests;
using Bigrain.Index.Memory;
using Bigrain.Index.Schema;
using Bigrain.Index.Segments.Dense;
using Bigrain.Index.Segments.Files;
using Bigrain.Index.Segments.Ids;
using Bigrain.Index.Segments.Payloads;

namespace Bigrain.Index.Segments;

/// <summary>Opens the files of one segment, and closes all of them again when one fails.</summary>
internal sealed class SegmentOpener(
    SegmentAccess access,
    SegmentLocation location,
    SegmentDescriptor descriptor,
    RepresentationSchema representation,
    LearnedTables? tables,
    Func<long, string, MemoryLease> takeMemory)
{
    /// <summary>Managed objects of an open segment, roughly; its delete bitmap is priced by the slot.</summary>
    private const int FixedBytes = 4096;

    /// <summary>Bytes that a segment will take, from its manifest alone; exact to the few of its dense header.</summary>
    public static long PriceOf(SegmentDescriptor descriptor, string representation)
    {
        string coarse = SegmentFileNames.Coarse(representation);
        return FixedBytes + (descriptor.SlotCount / 8) + (descriptor.Files.FirstOrDefault(file => file.Name == coarse)?.LengthBytes ?? 0);
    }

    /// <summary>Bytes that a segment takes, from the header of its coarse file.</summary>
    public static long PriceOf(in CoarseHeader header) =>
        FixedBytes + header.Shape.BodyBytes + DenseHeader.MemoryFor(header.LeafCount) + (header.SlotCount / 8);

    public async ValueTask<Segment> OpenAsync(CancellationToken cancellationToken)
    {
        var opened = new Stack<IDisposable>();
        try
        {
            IdTable ids = await OpenIdsAsync(cancellationToken).ConfigureAwait(false);
            opened.Push(ids);
            (CoarseIndex coarse, MemoryLease lease) = await LoadCoarseAsync(cancellationToken).ConfigureAwait(false);
            opened.Push(lease);
            opened.Push(coarse);

            BlobFile denseFile = await OpenRecordsAsync(SegmentFileNames.Dense(representation.Name), cancellationToken).ConfigureAwait(false);
            opened.Push(denseFile);
            var layout = new DenseRecordLayout(representation.DenseType, representation.Dimension);
            DenseHeader header = await DenseHeader.ReadAsync(denseFile, layout, coarse.LeafStarts.ToArray(), cancellationToken).ConfigureAwait(false);

            BlobFile docsFile = await OpenRecordsAsync(SegmentFileNames.Docs, cancellationToken).ConfigureAwait(false);
            opened.Push(docsFile);
            await PayloadReader.CheckHeaderAsync(docsFile, descriptor.SlotCount, cancellationToken).ConfigureAwait(false);
            return new Segment(
                location, descriptor, coarse, ids, new DenseReader(denseFile, header), new PayloadReader(docsFile, ids), lease);
        }
        catch
        {
            while (opened.TryPop(out IDisposable? resource))
            {
                resource.Dispose();
            }

            throw;
        }
    }

    /// <summary>Opens all but the codes.</summary>
    public async ValueTask<SegmentContent> OpenContentAsync(CancellationToken cancellationToken)
    {
        var opened = new Stack<IDisposable>();
        try
        {
            IdTable ids = await OpenIdsAsync(cancellationToken).ConfigureAwait(false);
            opened.Push(ids);
            BlobFile denseFile = await OpenRecordsAsync(SegmentFileNames.Dense(representation.Name), cancellationToken).ConfigureAwait(false);
            opened.Push(denseFile);
            DenseHeader header = await DenseHeader.ReadAloneAsync(denseFile, representation.Dimension, descriptor.SlotCount, cancellationToken)
                .ConfigureAwait(false);
            BlobFile docsFile = await OpenRecordsAsync(SegmentFileNames.Docs, cancellationToken).ConfigureAwait(false);
            opened.Push(docsFile);
            await PayloadReader.CheckHeaderAsync(docsFile, descriptor.SlotCount, cancellationToken).ConfigureAwait(false);
            return new SegmentContent(ids, new DenseReader(denseFile, header), new PayloadReader(docsFile, ids));
        }
        catch
        {
            while (opened.TryPop(out IDisposable? resource))
            {
                resource.Dispose();
            }

            throw;
        }
    }

    private SegmentFile File(string name) =>
        descriptor.Files.FirstOrDefault(file => file.Name == name)
        ?? throw new CorruptBlobException(location.Blob(name), 0, "a file that the manifest names", "none");

    private async ValueTask<LocalFile> OpenLocalAsync(SegmentFile file, CancellationToken cancellationToken)
    {
        string name = location.Blob(file.Name);
        LocalFile local = await access.LocalFiles.OpenAsync(name, cancellationToken).ConfigureAwait(false) ?? throw BlobFile.Missing(name, file);
        if (local.LengthBytes != file.LengthBytes)
        {
            local.Dispose();
            BlobFile.CheckLength(name, file, local.LengthBytes);
        }

        return local;
    }

    private async ValueTask<IdTable> OpenIdsAsync(CancellationToken cancellationToken)
    {
        SegmentFile file = File(SegmentFileNames.Ids);
        return IdTable.Open(location.Blob(file.Name), file, descriptor.SlotCount, await OpenLocalAsync(file, cancellationToken).ConfigureAwait(false));
    }

    private async ValueTask<(CoarseIndex Coarse, MemoryLease Lease)> LoadCoarseAsync(CancellationToken cancellationToken)
    {
        SegmentFile file = File(SegmentFileNames.Coarse(representation.Name));
        string name = location.Blob(file.Name);
        using LocalFile local = await OpenLocalAsync(file, cancellationToken).ConfigureAwait(false);
        using var content = new FileStream(local.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 0);
        MemoryLease lease = takeMemory(Price(content, name) + (descriptor.SlotCount / 8), $"segment {location.Name} of partition {location.Partition}");
        CoarseIndex? coarse = null;
        try
        {
            var hashed = new HashingReadStream(content);
            coarse = CoarseIndex.Load(hashed, name, tables);
            FileHash.Check(hashed.Hash, name, file);
            CheckCoarse(coarse, name);
            return (coarse, lease);
        }
        catch
        {
            coarse?.Dispose();
            lease.Dispose();
            throw;
        }
    }

    private static long Price(FileStream content, string name)
    {
        var header = new byte[CoarseIndex.HeaderBytes];
        int read = content.ReadAtLeast(header, header.Length, throwOnEndOfStream: false);
        content.Position = 0;
        CoarseHeader coarse = CoarseHeader.Read(header.AsSpan(0, read), name);
        if (coarse.FileBytes != content.Length)
        {
            throw new CorruptBlobException(name, 8, $"a header for {content.Length} bytes", $"{coarse.FileBytes}");
        }

        return PriceOf(coarse) - (coarse.SlotCount / 8);
    }

    private void CheckCoarse(CoarseIndex coarse, string name)
    {
        if (coarse.SlotCount != descriptor.SlotCount || coarse.Dimension != representation.Dimension || coarse.Metric != representation.Metric)
        {
            throw new CorruptBlobException(
                name,
                0,
                $"{descriptor.SlotCount} slots of dimension {representation.Dimension} and metric {representation.Metric}",
                $"{coarse.SlotCount}, {coarse.Dimension} and {coarse.Metric}");
        }
    }

    private ValueTask<BlobFile> OpenRecordsAsync(string fileName, CancellationToken cancellationToken) => BlobFile.OpenAsync(
        access.Store,
        access.RecordsAreLocal ? access.LocalFiles : null,
        location.Blob(fileName),
        File(fileName),
        cancellationToken);
}
