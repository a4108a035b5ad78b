using Bigrain.Index.Blobs;
using Bigrain.Index.Segments.Files;
using Bigrain.Index.Segments.Ids;

namespace Bigrain.Index.Segments.Payloads;

/// <summary>Reads payloads of a segment by slot; every page is checked before it is used.</summary>
/// <remarks>Thread safe; belongs to its <see cref="Segment"/>.</remarks>
public sealed class PayloadReader : IDisposable
{
    /// <summary>Most ranged reads in flight for one call.</summary>
    public const int MaxReadsInFlight = 32;

    private readonly BlobFile _file;
    private readonly IdTable _ids;

    internal PayloadReader(BlobFile file, IdTable ids)
    {
        _file = file;
        _ids = ids;
    }

    /// <summary>Name of the blob.</summary>
    public string BlobName => _file.Name;

    /// <summary>Reads payloads.</summary>
    /// <param name="slots">Slots in any order.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The payloads; a page that cannot be read leaves its slots null and does not stop the others.</returns>
    public async ValueTask<PayloadBatch> ReadAsync(ReadOnlyMemory<int> slots, CancellationToken cancellationToken)
    {
        var payloads = new ReadOnlyMemory<byte>?[slots.Length];
        Dictionary<int, List<int>> wanted = GroupByPage(slots.Span, payloads);
        Exception? failure = null;
        long bytes = 0;
        var limits = new ParallelOptions
        {
            MaxDegreeOfParallelism = _file.IsLocal ? 1 : MaxReadsInFlight,
            CancellationToken = cancellationToken,
        };
        await Parallel.ForEachAsync(wanted, limits, async (group, token) =>
        {
            try
            {
                ReadOnlyMemory<byte> page = await ReadPageAsync(group.Key, token).ConfigureAwait(false);
                Interlocked.Add(ref bytes, page.Length);
                Locate(group.Key, page, group.Value, slots.Span, payloads);
            }
            catch (Exception error) when (error is CorruptBlobException or BlobStoreException)
            {
                Interlocked.CompareExchange(ref failure, error, null);
            }
        }).ConfigureAwait(false);
        return new PayloadBatch(payloads, failure, bytes, wanted.Count);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    /// <summary>Checks what is not in any page.</summary>
    internal static async ValueTask CheckHeaderAsync(BlobFile file, int slotCount, CancellationToken cancellationToken)
    {
        var header = new byte[FileHeader.Size];
        await file.ReadAsync(0, header.AsMemory(0, (int)Math.Min(header.Length, file.LengthBytes)), cancellationToken).ConfigureAwait(false);
        FileHeader.Check(header, PayloadWriter.Magic, file.Name, file.LengthBytes, slotCount);
        int other = header.AsSpan(FileHeader.CommonBytes).IndexOfAnyExcept((byte)0);
        if (other >= 0)
        {
            throw new CorruptBlobException(file.Name, FileHeader.CommonBytes + other, "zeros", $"{header[FileHeader.CommonBytes + other]}");
        }
    }

    /// <summary>Reads and checks a page.</summary>
    /// <exception cref="CorruptBlobException">It is not what was written.</exception>
    internal async ValueTask<ReadOnlyMemory<byte>> ReadPageAsync(int page, CancellationToken cancellationToken)
    {
        long offset = _ids.PageOffset(page);
        int first = _ids.PageFirstSlot(page);
        var bytes = new byte[_ids.PageOffset(page + 1) - offset];
        await _file.ReadAsync(offset, bytes, cancellationToken).ConfigureAwait(false);
        PayloadPage.Check(bytes, first, _ids.PageFirstSlot(page + 1) - first, BlobName, offset);
        return bytes;
    }

    private void Locate(
        int page, ReadOnlyMemory<byte> bytes, List<int> indices, ReadOnlySpan<int> slots, ReadOnlyMemory<byte>?[] payloads)
    {
        int first = _ids.PageFirstSlot(page);
        int last = 0;
        foreach (int index in indices)
        {
            last = Math.Max(last, slots[index] - first);
        }

        int[] starts = PayloadPage.Starts(bytes.Span, _ids.PageFirstSlot(page + 1) - first, last);
        foreach (int index in indices)
        {
            int slot = slots[index] - first;
            payloads[index] = bytes[starts[slot]..starts[slot + 1]];
        }
    }

    private Dictionary<int, List<int>> GroupByPage(ReadOnlySpan<int> slots, ReadOnlyMemory<byte>?[] payloads)
    {
        var wanted = new Dictionary<int, List<int>>();
        for (int i = 0; i < slots.Length; i++)
        {
            int page = _ids.PageOf(slots[i]);
            if (_ids.PageOffset(page) == _ids.PageOffset(page + 1))
            {
                payloads[i] = ReadOnlyMemory<byte>.Empty;
                continue;
            }

            if (!wanted.TryGetValue(page, out List<int>? indices))
            {
                wanted[page] = indices = [];
            }

            indices.Add(i);
        }

        return wanted;
    }
}
