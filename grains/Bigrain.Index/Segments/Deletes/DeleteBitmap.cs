using System.Buffers.Binary;
using System.IO.Hashing;
using System.Numerics;
using System.Runtime.InteropServices;
using Bigrain.Index.Blobs;
using Bigrain.Index.Formats;
using Bigrain.Index.Manifests;

namespace Bigrain.Index.Segments.Deletes;

/// <summary>The dead slots of a segment: one bit per slot, set for dead.</summary>
/// <remarks>Immutable, any number of threads.</remarks>
public sealed class DeleteBitmap
{
    private const int FixedBytes = 8;

    private readonly ulong[] _words;

    private DeleteBitmap(int slotCount, int deadCount, ulong[] words)
    {
        SlotCount = slotCount;
        DeadCount = deadCount;
        _words = words;
    }

    /// <summary>Number of slots.</summary>
    public int SlotCount { get; }

    /// <summary>Number of dead slots.</summary>
    public int DeadCount { get; }

    /// <summary>Number of slots alive.</summary>
    public int AliveCount => SlotCount - DeadCount;

    /// <summary>Bit <c>slot &amp; 63</c> of word <c>slot / 64</c>; empty while every slot is alive.</summary>
    public ReadOnlySpan<ulong> Words => _words;

    /// <summary>Bytes of memory held.</summary>
    public long MemoryBytes => _words.Length * sizeof(ulong);

    /// <summary>Every slot alive.</summary>
    public static DeleteBitmap AllAlive(int slotCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(slotCount);
        return new(slotCount, 0, []);
    }

    /// <summary>Whether a slot is dead.</summary>
    public bool IsDead(int slot)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)slot, (uint)SlotCount, nameof(slot));
        return _words.Length > 0 && ((_words[slot >> 6] >> (slot & 63)) & 1) != 0;
    }

    /// <summary>The bitmap with more dead slots.</summary>
    /// <param name="slots">Slots to kill, in any order; dead ones stay dead.</param>
    /// <returns>A new bitmap, or this one when nothing changes.</returns>
    public DeleteBitmap With(ReadOnlySpan<int> slots)
    {
        ulong[]? words = null;
        int dead = DeadCount;
        foreach (int slot in slots)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)slot, (uint)SlotCount, nameof(slots));
            ulong bit = 1UL << (slot & 63);
            ulong[] current = words ?? _words;
            if (current.Length > 0 && (current[slot >> 6] & bit) != 0)
            {
                continue;
            }

            words ??= Copy();
            words[slot >> 6] |= bit;
            dead++;
        }

        return words is null ? this : new DeleteBitmap(SlotCount, dead, words);
    }

    /// <summary>The blob's bytes; format page docs/formats/del.md.</summary>
    public byte[] ToBlob()
    {
        ulong[] words = _words.Length > 0 ? _words : Copy();
        var body = new byte[FixedBytes + (words.Length * sizeof(ulong))];
        BinaryPrimitives.WriteInt32LittleEndian(body, SlotCount);
        BinaryPrimitives.WriteInt32LittleEndian(body.AsSpan(4), DeadCount);
        MemoryMarshal.AsBytes<ulong>(words).CopyTo(body.AsSpan(FixedBytes));
        return BlobEnvelope.Wrap(BlobKind.DeleteBitmap, BlobEnvelope.NewestVersion(BlobKind.DeleteBitmap), body);
    }

    /// <summary>Reads a blob.</summary>
    /// <param name="blobName">Full blob name, for errors.</param>
    /// <param name="blob">The whole blob.</param>
    /// <param name="slotCount">Slots of the segment.</param>
    /// <exception cref="CorruptBlobException">It is not what was written.</exception>
    public static DeleteBitmap FromBlob(string blobName, ReadOnlyMemory<byte> blob, int slotCount)
    {
        ReadOnlySpan<byte> body = BlobEnvelope.Unwrap(BlobKind.DeleteBitmap, blobName, blob, out _).Span;
        int wordCount = WordCount(slotCount);
        if (body.Length != FixedBytes + (wordCount * sizeof(ulong)) || BinaryPrimitives.ReadInt32LittleEndian(body) != slotCount)
        {
            throw new CorruptBlobException(blobName, BlobEnvelope.HeaderBytes, $"a bitmap of {slotCount} slots", $"{body.Length} bytes");
        }

        ulong[] words = MemoryMarshal.Cast<byte, ulong>(body[FixedBytes..]).ToArray();
        int dead = words.Sum(BitOperations.PopCount);
        int claimed = BinaryPrimitives.ReadInt32LittleEndian(body[4..]);
        bool pastEnd = (slotCount & 63) != 0 && words[^1] >> (slotCount & 63) != 0;
        if (dead != claimed || pastEnd)
        {
            throw new CorruptBlobException(blobName, BlobEnvelope.HeaderBytes + 4, $"{claimed} dead slots", $"{dead}");
        }

        return new DeleteBitmap(slotCount, dead, words);
    }

    /// <summary>Stores the bitmap under a new name.</summary>
    /// <param name="store">The store.</param>
    /// <param name="segment">The segment.</param>
    /// <param name="number">Number of the bitmap, never used before for this segment.</param>
    /// <param name="cancellationToken">Gives up; a blob that no manifest names may stay behind.</param>
    /// <returns>What the manifest names.</returns>
    /// <exception cref="BlobStoreException">The store failed, or holds other content under that name.</exception>
    public async ValueTask<SegmentFile> WriteAsync(
        IBlobStore store, SegmentLocation segment, int number, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(store);
        byte[] blob = ToBlob();
        var file = new SegmentFile(
            SegmentFileNames.Deletes(number), blob.Length, Convert.ToHexStringLower(XxHash128.Hash(blob)));
        using var content = new MemoryStream(blob, writable: false);
        await Files.SegmentUpload.CreateAsync(store, segment.Blob(file.Name), content, file, cancellationToken).ConfigureAwait(false);
        return file;
    }

    /// <summary>Reads the bitmap that a manifest names.</summary>
    /// <param name="store">The store.</param>
    /// <param name="segment">The segment.</param>
    /// <param name="descriptor">What the manifest says of it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="CorruptBlobException">The blob is missing or is not what was written.</exception>
    /// <exception cref="BlobStoreException">The store failed.</exception>
    public static async ValueTask<DeleteBitmap> ReadAsync(
        IBlobStore store, SegmentLocation segment, SegmentDescriptor descriptor, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(descriptor);
        if (descriptor.DeletesFile is not { } file)
        {
            return AllAlive(descriptor.SlotCount);
        }

        string name = segment.Blob(file.Name);
        BlobContent content = await store.ReadAsync(name, cancellationToken).ConfigureAwait(false) ?? throw Files.BlobFile.Missing(name, file);
        Files.BlobFile.CheckLength(name, file, content.Bytes.Length);
        DeleteBitmap bitmap = FromBlob(name, content.Bytes, descriptor.SlotCount);
        return bitmap.DeadCount == descriptor.DeadCount
            ? bitmap
            : throw new CorruptBlobException(name, BlobEnvelope.HeaderBytes + 4, $"{descriptor.DeadCount} dead slots", $"{bitmap.DeadCount}");
    }

    private static int WordCount(int slotCount) => (slotCount + 63) / 64;

    private ulong[] Copy()
    {
        var words = new ulong[WordCount(SlotCount)];
        _words.CopyTo(words, 0);
        return words;
    }
}
