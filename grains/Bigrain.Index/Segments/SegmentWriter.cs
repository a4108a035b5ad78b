using System.Collections.Immutable;
using Bigrain.Index.Blobs;
using Bigrain.Index.Coarse;
using Bigrain.Index.Manifests;
using Bigrain.Index.Schema;
using Bigrain.Index.Segments.Dense;
using Bigrain.Index.Segments.Files;
using Bigrain.Index.Segments.Ids;
using Bigrain.Index.Segments.Payloads;

namespace Bigrain.Index.Segments;

/// <summary>Makes a segment: takes rows in any order, then builds its files in the work directory and stores them.</summary>
/// <remarks>
/// <para>One thread at a time. Steps of <see cref="WriteAsync"/>: (1) leaves over the default representation, (2) dense
/// records in slot order, (3) coarse codes from them, (4) ids, (5) payload pages, (6) upload, each file under a name
/// never used before.</para>
/// <para>A crash or failure leaves at most blobs that no manifest names. Memory stays within a fixed amount and some
/// 40 bytes a row, whatever the vectors take: they are in the work directory. Building takes CPU for seconds, on a thread of
/// its own.</para>
/// </remarks>
public sealed class SegmentWriter : IDisposable
{
    /// <summary>Most documents of a segment.</summary>
    public const int MaxSlotCount = 4 * 1024 * 1024;

    private readonly SegmentWriterSettings _settings;
    private readonly WorkFolder _folder;
    private readonly Spool _records;
    private readonly RowSpool _rows;
    private readonly List<long> _expiries = [];
    private bool _written;

    /// <summary>Makes an empty writer; dispose it to delete its temporary files.</summary>
    /// <exception cref="BlobStoreException">The work directory cannot be used.</exception>
    public SegmentWriter(SegmentWriterSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        _settings = settings;
        Layout = new DenseRecordLayout(Representation.DenseType, Representation.Dimension);
        _folder = new WorkFolder(settings.WorkDirectory);
        _records = new Spool(_folder.File("records"), settings.MemoryBytes);
        _rows = new RowSpool(_folder, settings.MemoryBytes / 2);
    }

    /// <summary>Layout of a record.</summary>
    public DenseRecordLayout Layout { get; }

    /// <summary>Rows added.</summary>
    public int Count => _rows.Count;

    /// <summary>Bytes added.</summary>
    public long LengthBytes => _records.LengthBytes + _rows.LengthBytes;

    private RepresentationSchema Representation => _settings.Schema.Default;

    /// <summary>Deletes what writers of an earlier process left behind.</summary>
    /// <param name="workDirectory">The work directory; may be absent, or shared with another process.</param>
    /// <param name="before">Only what nobody has touched since: a running build is younger.</param>
    public static void DeleteLeftovers(string workDirectory, DateTimeOffset before) =>
        WorkFolder.DeleteLeftovers(workDirectory, before);

    /// <summary>Adds a row by its vector.</summary>
    /// <param name="row">The row; each id at most once.</param>
    /// <param name="vector">Shape <c>[d]</c>; finite; as written, not normalised.</param>
    /// <exception cref="BlobStoreException">The work directory is full.</exception>
    public void Add(in SegmentRow row, ReadOnlySpan<float> vector)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(vector.Length, Layout.Dimension, nameof(vector));
        AddRow(row);
        Layout.Encode(vector, _records.Reserve(Layout.RecordBytes));
    }

    /// <summary>Adds a row by its dense record, as another segment of the collection holds it.</summary>
    /// <param name="row">The row; each id at most once.</param>
    /// <param name="record">The record without checksum.</param>
    /// <exception cref="BlobStoreException">The work directory is full.</exception>
    public void AddRecord(in SegmentRow row, ReadOnlySpan<byte> record)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(record.Length, Layout.RecordBytes, nameof(record));
        AddRow(row);
        _records.Append(record);
    }

    /// <summary>Builds and stores the segment; nothing refers to it until a manifest does.</summary>
    /// <param name="store">The store.</param>
    /// <param name="location">Where it goes; its name was never used before.</param>
    /// <param name="covers">Sequences it covers, per stream.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What the manifest names.</returns>
    /// <exception cref="ArgumentException">An id came twice.</exception>
    /// <exception cref="InvalidOperationException">No row was added, or it was written before.</exception>
    /// <exception cref="BlobStoreException">The store failed, or the work directory is full.</exception>
    public async Task<SegmentDescriptor> WriteAsync(
        IBlobStore store, SegmentLocation location, ImmutableArray<StreamRange> covers, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(store);
        if (Count == 0 || _written)
        {
            throw new InvalidOperationException("a segment is written once, with at least one row");
        }

        _written = true;
        var files = ImmutableArray.CreateBuilder<SegmentFile>();
        string codec = await Task.Factory.StartNew(
            () => Build(files, cancellationToken),
            cancellationToken,
            TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach,
            TaskScheduler.Default).ConfigureAwait(false);
        foreach (SegmentFile file in files)
        {
            using var content = new FileStream(_folder.File(file.Name), FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 20);
            await SegmentUpload.CreateAsync(store, location.Blob(file.Name), content, file, cancellationToken).ConfigureAwait(false);
        }

        return new SegmentDescriptor(location.Name, Count, covers, files.ToImmutable(), codec, DeletesFile: null, DeadCount: 0)
        {
            ExpirySteps = ExpirySteps.Of(_expiries, Count),
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _records.Dispose();
        _rows.Dispose();
        _folder.Dispose();
    }

    private void AddRow(in SegmentRow row)
    {
        ArgumentOutOfRangeException.ThrowIfZero(row.Id.Length, nameof(row));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(row.Id.Length, Limits.MaxIdBytes, nameof(row));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(row.Payload.Length, Limits.MaxPayloadBytes, nameof(row));
        if (_written || Count == MaxSlotCount)
        {
            throw new InvalidOperationException($"a segment takes at most {MaxSlotCount} rows, all before it is written");
        }

        _rows.Add(row);
        if (row.ExpiresAtMilliseconds > 0)
        {
            _expiries.Add(row.ExpiresAtMilliseconds);
        }
    }

    private string Build(ImmutableArray<SegmentFile>.Builder files, CancellationToken cancellationToken)
    {
        _records.Seal();
        _rows.Seal();

        // 1: leaves
        IVectorSource source = PacedVectorSource.Of(new SpoolVectorSource(_records, Layout, Count), _settings.Pace);
        LeafLayout leaves = LeafBuilder.Build(
            source, Representation.Metric, _settings.Coarse, _settings.LeafSeed, cancellationToken);

        // 2: dense records
        string denseName = SegmentFileNames.Dense(Representation.Name);
        DenseHeader header = WriteFile(
            files, denseName, output => DenseWriter.Write(output, _records, Layout, leaves, cancellationToken));
        _records.Dispose();

        // 3: coarse codes
        CodecSpec codec = WriteFile(
            files, SegmentFileNames.Coarse(Representation.Name), output => WriteCoarse(output, denseName, header, leaves, cancellationToken));

        // 4: ids
        PayloadPages pages = PayloadWriter.Plan(_rows, leaves);
        WriteFile(files, SegmentFileNames.Ids, output =>
        {
            IdsWriter.Write(output, _rows, leaves, pages);
            return true;
        });

        // 5: payloads
        WriteFile(files, SegmentFileNames.Docs, output =>
        {
            PayloadWriter.Write(output, _rows, leaves, pages, cancellationToken);
            return true;
        });
        return codec.ToString();
    }

    private CodecSpec WriteCoarse(
        Stream output, string denseName, DenseHeader header, LeafLayout leaves, CancellationToken cancellationToken)
    {
        using var dense = new MappedFile(_folder.File(denseName), header.FileBytes);
        return CoarseWriter.Write(
            output,
            PacedVectorSource.Of(new DenseFileVectorSource(dense, header), _settings.Pace),
            leaves,
            Representation.Metric,
            _settings.Codec,
            _settings.Tables,
            _settings.RotationSeed,
            _settings.Coarse,
            cancellationToken);
    }

    private T WriteFile<T>(ImmutableArray<SegmentFile>.Builder files, string name, Func<SegmentFileStream, T> write)
    {
        using var output = new SegmentFileStream(_folder.File(name));
        T result = write(output);
        files.Add(output.Complete(name));
        return result;
    }
}
