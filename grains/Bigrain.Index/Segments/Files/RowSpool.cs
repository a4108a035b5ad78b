using System.Runtime.InteropServices;

namespace Bigrain.Index.Segments.Files;

/// <summary>Everything of the rows of a new segment but their vectors, in row order.</summary>
internal sealed class RowSpool : IDisposable
{
    private static readonly int EntryBytes = Marshal.SizeOf<RowEntry>();

    private readonly Spool _entries;
    private readonly Spool _bytes;

    public RowSpool(WorkFolder folder, long memoryLimit)
    {
        _entries = new Spool(folder.File("rows"), memoryLimit);
        _bytes = new Spool(folder.File("bytes"), memoryLimit);
    }

    public int Count { get; private set; }

    public long IdBytes { get; private set; }

    public bool HasExpiry { get; private set; }

    public long LengthBytes => _entries.LengthBytes + _bytes.LengthBytes;

    public void Add(in SegmentRow row)
    {
        var entry = new RowEntry
        {
            IdHash = row.IdHash,
            Sequence = row.Version.Sequence,
            ExpiresAt = row.ExpiresAtMilliseconds,
            Offset = _bytes.LengthBytes,
            Row = row.Version.Row,
            IdBytes = row.Id.Length,
            PayloadBytes = row.Payload.Length,
        };
        MemoryMarshal.Write(_entries.Reserve(EntryBytes), entry);
        _bytes.Append(row.Id);
        _bytes.Append(row.Payload);
        Count++;
        IdBytes += row.Id.Length;
        HasExpiry |= row.ExpiresAtMilliseconds != 0;
    }

    public void Seal()
    {
        _entries.Seal();
        _bytes.Seal();
    }

    public RowEntry Entry(int row) => MemoryMarshal.Read<RowEntry>(_entries.Slice((long)row * EntryBytes, EntryBytes));

    public ReadOnlySpan<byte> Id(in RowEntry entry) => _bytes.Slice(entry.Offset, entry.IdBytes);

    public ReadOnlySpan<byte> Payload(in RowEntry entry) => _bytes.Slice(entry.Offset + entry.IdBytes, entry.PayloadBytes);

    public void Dispose()
    {
        _entries.Dispose();
        _bytes.Dispose();
    }
}
