namespace Bigrain.Index.Segments.Payloads;

/// <summary>How payloads are cut into pages; written to <c>ids</c> as the page table. Format page: docs/formats/docs.md.</summary>
internal sealed class PayloadPages
{
    public const int TargetBytes = 16 * 1024;
    public const int HashBytes = 16;

    /// <summary>Length that stands for "no payload".</summary>
    public const uint None = uint.MaxValue;

    private readonly List<int> _firstSlots = [0];
    private readonly List<long> _offsets;
    private int _slot;
    private long _bytes;
    private bool _hasPayload;

    public PayloadPages(long firstOffset) => _offsets = [firstOffset];

    /// <summary>Number of pages, once complete.</summary>
    public int Count => _firstSlots.Count - 1;

    /// <summary>End of the last page.</summary>
    public long End => _offsets[^1];

    /// <summary>First slot of each page and the slot count.</summary>
    public IReadOnlyList<int> FirstSlots => _firstSlots;

    /// <summary>Offset of each page and the end; a page of documents without payloads has no bytes.</summary>
    public IReadOnlyList<long> Offsets => _offsets;

    /// <summary>Adds the next slot.</summary>
    public void Add(int payloadBytes)
    {
        _slot++;
        _bytes += sizeof(uint) + payloadBytes;
        _hasPayload |= payloadBytes > 0;
        if (_bytes >= TargetBytes)
        {
            Close();
        }
    }

    public void Complete()
    {
        if (_bytes > 0)
        {
            Close();
        }
    }

    private void Close()
    {
        _firstSlots.Add(_slot);
        _offsets.Add(_offsets[^1] + (_hasPayload ? _bytes + HashBytes : 0));
        _bytes = 0;
        _hasPayload = false;
    }
}
