using System.IO.Hashing;
using System.Text;

namespace Bigrain.Grains.Placement;

/// <summary>Rendezvous hashing: every key ranks all silos by hash of key and stable name, and takes the best.</summary>
/// <remarks>A silo that leaves moves only its own keys; one that joins takes only what ranks it first.</remarks>
public static class RendezvousRanking
{
    /// <summary>Chooses the silo of one replica.</summary>
    /// <param name="key">What is placed, without its replica number.</param>
    /// <param name="replica">Replica number, from 0; more replicas than silos wrap around.</param>
    /// <param name="silos">Stable names of the live silos, in any order, without doubles; at least one.</param>
    /// <returns>Index of the chosen silo in <paramref name="silos"/>.</returns>
    public static int Choose(ReadOnlySpan<char> key, int replica, IReadOnlyList<string> silos)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(replica);
        ArgumentOutOfRangeException.ThrowIfZero(silos.Count, nameof(silos));
        if (silos.Count == 1)
        {
            return 0;
        }

        Span<(ulong Weight, int Index)> ranked = silos.Count <= 64 ? stackalloc (ulong, int)[silos.Count] : new (ulong, int)[silos.Count];
        ulong seed = XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(key.ToArray()));
        for (int i = 0; i < silos.Count; i++)
        {
            ranked[i] = (XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(silos[i]), (long)seed), i);
        }

        // Equal weights are as good as impossible; the name keeps the order the same on every silo even then.
        ranked.Sort((a, b) => b.Weight != a.Weight
            ? b.Weight.CompareTo(a.Weight)
            : string.CompareOrdinal(silos[a.Index], silos[b.Index]));
        return ranked[replica % silos.Count].Index;
    }

    /// <summary>Splits a grain key <c>{incarnation}/{g}/{p}/{replica}</c> into what is ranked and the replica.</summary>
    /// <param name="grainKey">Any grain key; keys of other shapes are replica 0 of themselves.</param>
    public static (string Key, int Replica) Split(string grainKey)
    {
        ArgumentNullException.ThrowIfNull(grainKey);
        int last = grainKey.LastIndexOf('/');
        return grainKey.AsSpan().Count('/') == 3
            && int.TryParse(grainKey.AsSpan(last + 1), System.Globalization.CultureInfo.InvariantCulture, out int replica)
            ? (grainKey[..last], replica)
            : (grainKey, 0);
    }
}
