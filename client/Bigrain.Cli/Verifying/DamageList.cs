using Bigrain.Cli.Reports;
using Bigrain.Index.Blobs;

namespace Bigrain.Cli.Verifying;

/// <summary>What was found damaged so far.</summary>
internal sealed class DamageList
{
    private readonly List<VerifyDamage> _places = [];

    /// <summary>Blobs read.</summary>
    public long BlobsRead { get; set; }

    /// <summary>The places, each once: generations may share partitions.</summary>
    public IReadOnlyList<VerifyDamage> Places => [.. _places.DistinctBy(static place => (place.Blob, place.Offset))];

    /// <summary>Places noted, also twice.</summary>
    public int Count => _places.Count;

    /// <summary>Notes a place.</summary>
    public void Add(VerifyDamage place) => _places.Add(place);

    /// <summary>Notes places.</summary>
    public void AddRange(IEnumerable<VerifyDamage> places) => _places.AddRange(places);

    /// <summary>Forgets all but the first places.</summary>
    public void Forget(int count) => _places.RemoveRange(count, _places.Count - count);

    /// <summary>Reads a blob, and notes it where it is damaged.</summary>
    /// <returns>Whether it was whole.</returns>
    public async Task<bool> TryAsync(Func<Task> read)
    {
        BlobsRead++;
        try
        {
            await read();
            return true;
        }
        catch (CorruptBlobException e)
        {
            _places.Add(new VerifyDamage(e.BlobName, e.Offset, e.Expected, e.Found));
            return false;
        }
    }
}
