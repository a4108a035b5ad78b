using Bigrain.Index.Log;

namespace Bigrain.Index.Garbage;

/// <summary>The pins that were read at one moment.</summary>
internal sealed class PinSet
{
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<StreamKey, long> _logFloors = [];

    /// <summary>Reads all sources.</summary>
    public async Task AddAsync(IEnumerable<IPinSource> sources, CancellationToken cancellationToken)
    {
        foreach (IPinSource source in sources)
        {
            await foreach (string name in source.ReadPinsAsync(cancellationToken))
            {
                _names.Add(name);
                if (DataBlob.TryParse(name, out DataBlob blob) && blob is { Kind: DataBlobKind.LogEntry })
                {
                    var key = new StreamKey(blob.Incarnation, blob.Stream);
                    _logFloors[key] = Math.Min(blob.Sequence, LogFloor(key));
                }
            }
        }
    }

    /// <summary>First sequence of a stream that is pinned; the largest number when none is.</summary>
    public long LogFloor(StreamKey key) => _logFloors.GetValueOrDefault(key, long.MaxValue);

    /// <summary>Whether a blob is pinned by its name or by a prefix of it.</summary>
    public bool Contains(string name)
    {
        if (_names.Count == 0)
        {
            return false;
        }

        if (_names.Contains(name))
        {
            return true;
        }

        var lookup = _names.GetAlternateLookup<ReadOnlySpan<char>>();
        for (int slash = name.IndexOf('/', StringComparison.Ordinal); slash >= 0; slash = name.IndexOf('/', slash + 1))
        {
            if (lookup.Contains(name.AsSpan(0, slash + 1)))
            {
                return true;
            }
        }

        return false;
    }
}
