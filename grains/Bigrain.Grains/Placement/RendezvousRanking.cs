using System.IO.Hashing;
using System.Text;

namespace Bigrain.Grains.Placement;

/// <summary>Rendezvous hashing: every key ranks all silos by hash of key and stable name; replica r goes to the r-th best.</summary>
/// <remarks>A silo that leaves moves only its own keys, each to the next in its order; one that joins takes only what ranks it high enough.</remarks>
public static class RendezvousRanking
{
    /// <summary>Ranks silos for a key.</summary>
    /// <param name="key">What is placed, without its replica number.</param>
    /// <param name="silos">Stable names of the silos, in any order, without doubles.</param>
    /// <returns>The names, best first.</returns>
    public static string[] Order(string key, IReadOnlyCollection<string> silos)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(silos);
        string[] names = [.. silos];
        if (names.Length == 1)
        {
            return names;
        }

        long seed = (long)XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(key));
        ulong[] weights = Array.ConvertAll(names, name => XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(name), seed));

        // Equal weights are as good as impossible; the name keeps the order the same on every silo even then.
        int[] order = [.. Enumerable.Range(0, names.Length)
            .OrderByDescending(i => weights[i])
            .ThenBy(i => names[i], StringComparer.Ordinal)];
        return Array.ConvertAll(order, i => names[i]);
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
