using Bigrain.Index.Blobs;

namespace Bigrain.Index.Segments;

/// <summary>Segments whose files are damaged: refused for a while without being read again.</summary>
/// <remarks>Not thread safe: its owner locks.</remarks>
internal sealed class SegmentQuarantine(TimeSpan length, TimeProvider time)
{
    private readonly Dictionary<SegmentLocation, Refusal> _refusals = [];

    /// <summary>Refuses a segment from now on.</summary>
    public void Add(SegmentLocation location, CorruptBlobException damage) => _refusals[location] = new Refusal(damage, time.GetTimestamp());

    /// <summary>Ends a quarantine before its time.</summary>
    public void End(SegmentLocation location) => _refusals.Remove(location);

    /// <exception cref="CorruptBlobException">The segment is refused; what was found damaged, again.</exception>
    public void ThrowIfRefused(SegmentLocation location)
    {
        if (!_refusals.TryGetValue(location, out Refusal refusal))
        {
            return;
        }

        if (time.GetElapsedTime(refusal.Since) >= length)
        {
            _refusals.Remove(location);
            return;
        }

        CorruptBlobException damage = refusal.Damage;
        throw new CorruptBlobException(damage.BlobName, damage.Offset, damage.Expected, damage.Found);
    }

    private readonly record struct Refusal(CorruptBlobException Damage, long Since);
}
