using System.Diagnostics;
using Bigrain.Index.Blobs;
using Bigrain.Index.Manifests;
using Bigrain.Index.Segments.Files;

namespace Bigrain.Index.Segments.Ids;

/// <summary>The memory-mapped ids file of a segment: finds slots by id, and tells of a slot what needs no round trip.</summary>
/// <remarks>Immutable, any number of threads; belongs to its <see cref="Segment"/>: spans are valid while that is held.</remarks>
public sealed unsafe class IdTable : IDisposable
{
    private readonly LocalFile _local;
    private readonly MappedFile _file;
    private readonly IdsLayout _layout;
    private readonly uint* _directory;
    private readonly ulong* _hashes;
    private readonly int* _slotsOfHashes;
    private readonly uint* _idOffsets;
    private readonly uint* _idChecksums;
    private readonly byte* _ids;

    private IdTable(string blobName, LocalFile local, MappedFile file, IdsLayout layout)
    {
        BlobName = blobName;
        _local = local;
        _file = file;
        _layout = layout;
        _directory = (uint*)(file.Pointer + IdsLayout.Directory);
        _hashes = (ulong*)(file.Pointer + layout.Hashes);
        _slotsOfHashes = (int*)(file.Pointer + layout.SlotsOfHashes);
        _idOffsets = (uint*)(file.Pointer + layout.IdOffsets);
        _idChecksums = (uint*)(file.Pointer + layout.IdChecksums);
        _ids = file.Pointer + layout.Ids;
    }

    /// <summary>Name of the blob.</summary>
    public string BlobName { get; }

    /// <summary>Number of slots.</summary>
    public int SlotCount => _layout.SlotCount;

    /// <summary>Whether any document expires.</summary>
    public bool HasExpiry => _layout.HasExpiry;

    internal int PageCount => _layout.PageCount;

    /// <summary>Maps an ids file; nothing is used before its hash was checked.</summary>
    /// <param name="blobName">Full blob name.</param>
    /// <param name="file">What the manifest says of the file.</param>
    /// <param name="slotCount">Slots of the segment.</param>
    /// <param name="local">The local file; owned by the table from here on, also when this throws.</param>
    /// <exception cref="CorruptBlobException">The bytes are not what was written.</exception>
    internal static IdTable Open(string blobName, SegmentFile file, int slotCount, LocalFile local)
    {
        MappedFile? mapped = null;
        try
        {
            BlobFile.CheckLength(blobName, file, local.LengthBytes);
            mapped = new MappedFile(local.Path, local.LengthBytes);
            FileHash.Check(mapped, blobName, file);
            ReadOnlySpan<byte> header = mapped.Slice(0, (int)Math.Min(FileHeader.Size, mapped.LengthBytes));
            IdsLayout layout = IdsLayout.ReadHeader(header, blobName, mapped.LengthBytes, slotCount);
            return new IdTable(blobName, local, mapped, layout);
        }
        catch
        {
            mapped?.Dispose();
            local.Dispose();
            throw;
        }
    }

    /// <summary>Finds the slot of an id, dead or alive; the id itself is compared, a shared hash is not enough.</summary>
    /// <param name="hash">Hash of the id.</param>
    /// <param name="id">The id.</param>
    /// <returns>The slot, or -1 when the id is not in this segment.</returns>
    /// <remarks>A batch is fastest in ascending order of hashes: neighbours share pages.</remarks>
    public int Find(ulong hash, ReadOnlySpan<byte> id)
    {
        if (hash < _layout.SmallestHash || hash > _layout.LargestHash)
        {
            return -1;
        }

        int bucket = _layout.BucketOf(hash);
        uint end = Math.Min(_directory[bucket + 1], (uint)SlotCount);
        for (uint i = _directory[bucket]; i < end && _hashes[i] <= hash; i++)
        {
            if (_hashes[i] == hash && IdOf(_slotsOfHashes[i]).SequenceEqual(id))
            {
                return _slotsOfHashes[i];
            }
        }

        return -1;
    }

    /// <summary>First place in the order of hashes whose hash is at least this one.</summary>
    internal int LowerBound(ulong hash)
    {
        int low = 0;
        int high = SlotCount;
        while (low < high)
        {
            int middle = low + ((high - low) >>> 1);
            if (_hashes[middle] < hash)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    /// <summary>Hash at a place in the order of hashes.</summary>
    internal ulong HashAt(int place)
    {
        Check(place);
        return _hashes[place];
    }

    /// <summary>Slot at a place in the order of hashes.</summary>
    internal int SlotAt(int place)
    {
        Check(place);
        return _slotsOfHashes[place];
    }

    /// <summary>The id of a slot.</summary>
    /// <exception cref="CorruptBlobException">The file was damaged after it was opened.</exception>
    public ReadOnlySpan<byte> IdOf(int slot)
    {
        Check(slot);
        uint start = _idOffsets[slot];
        uint end = _idOffsets[slot + 1];
        // The file was checked whole when it was opened; this also catches what happens to it later, and keeps the span inside.
        if (start <= end && end <= _layout.IdBytes)
        {
            var id = new ReadOnlySpan<byte>(_ids + start, (int)(end - start));
            if (RecordChecksum.Compute(slot, id) == _idChecksums[slot])
            {
                return id;
            }
        }

        throw new CorruptBlobException(BlobName, _layout.IdOffsets + (slot * (long)sizeof(uint)), $"the id of slot {slot} with its crc32c", "others");
    }

    /// <summary>The write that made a slot's document.</summary>
    public RowVersion VersionOf(int slot)
    {
        Check(slot);
        return new RowVersion(
            ((long*)(_file.Pointer + _layout.Sequences))[slot],
            ((int*)(_file.Pointer + _layout.Rows))[slot]);
    }

    /// <summary>When a slot's document expires, in milliseconds since the Unix epoch; 0 for never.</summary>
    public long ExpiresAtMilliseconds(int slot)
    {
        Check(slot);
        return _layout.HasExpiry ? ((long*)(_file.Pointer + _layout.Expiries))[slot] : 0;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file.Dispose();
        _local.Dispose();
    }

    internal int PageFirstSlot(int page) => ((int*)(_file.Pointer + _layout.PageFirstSlots))[page];

    internal long PageOffset(int page) => ((long*)(_file.Pointer + _layout.PageOffsets))[page];

    internal int PageOf(int slot)
    {
        Check(slot);
        int low = 0;
        int high = PageCount - 1;
        while (low < high)
        {
            int middle = (low + high + 1) >>> 1;
            if (PageFirstSlot(middle) <= slot)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return low;
    }

    /// <summary>Bytes of the payload pages that hold some neighbouring slots.</summary>
    internal long PayloadBytesUpTo(int first, int last) => PageOffset(PageOf(last) + 1) - PageOffset(PageOf(first));

    private void Check(int slot)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)slot, (uint)SlotCount, nameof(slot));
        Debug.Assert(_file.Pointer is not null, "the segment was released while in use");
    }
}
