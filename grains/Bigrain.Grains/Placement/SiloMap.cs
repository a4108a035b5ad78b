using System.Collections.Concurrent;
using System.Collections.Immutable;
using Bigrain.Index.Partitions;

namespace Bigrain.Grains.Placement;

/// <summary>Which silo owns what: a function of the live silos and of those that are leaving, the same on every silo.</summary>
/// <remarks>Rank 0 of a partition is its primary, ranks 0 to R - 1 are its owners. Thread safe; rankings are kept until the
/// membership changes.</remarks>
internal sealed class SiloMap(IClusterMembershipService membership, ILocalSiloDetails local)
{
    private readonly ConcurrentDictionary<string, bool> _draining = new(StringComparer.Ordinal);
    private long _drainVersion;
    private volatile Ranking? _ranking;

    /// <summary>Name of this silo.</summary>
    public string LocalName => local.Name;

    /// <summary>Stable names of the live silos, those that are leaving included.</summary>
    public ImmutableArray<string> LiveNames => Current.Live.Keys.ToImmutableArray();

    /// <summary>Stable names of the silos that partitions are placed on.</summary>
    public ImmutableArray<string> PlacementNames => Current.Placeable;

    /// <summary>Whether this silo is leaving.</summary>
    public bool IsDraining => _draining.ContainsKey(LocalName);

    private Ranking Current
    {
        get
        {
            ClusterMembershipSnapshot snapshot = membership.CurrentSnapshot;
            long drains = Interlocked.Read(ref _drainVersion);
            Ranking? known = _ranking;
            if (known is null || known.Version != snapshot.Version || known.DrainVersion != drains)
            {
                _ranking = known = new Ranking(snapshot, drains, [.. _draining.Keys], local);
            }

            return known;
        }
    }

    /// <summary>Address of a live silo; of two with one name, the one that started last.</summary>
    public SiloAddress? AddressOf(string name) => Current.Live.GetValueOrDefault(name);

    /// <summary>Placement silos in the order in which they own a key.</summary>
    /// <param name="key">What is placed, without its replica number.</param>
    public ImmutableArray<string> RankedFor(string key) => Current.RankedFor(key);

    /// <summary>Placement silos in the order in which they own a partition.</summary>
    public ImmutableArray<string> RankedFor(PartitionKey key) => RankedFor(key.ToString());

    /// <summary>Silos that own a partition: as many as it has replicas, as far as there are silos.</summary>
    public ImmutableArray<string> OwnersOf(PartitionKey key, int replicaCount)
    {
        ImmutableArray<string> ranked = RankedFor(key);
        return ranked.Length <= replicaCount ? ranked : ranked[..replicaCount];
    }

    /// <summary>Whether this silo freezes and compacts a partition.</summary>
    public bool IsPrimary(PartitionKey key) => RankedFor(key) is [var first, ..] && first == LocalName;

    /// <summary>Silo that a rendezvous-placed grain belongs on.</summary>
    /// <param name="grainKey">Key of the grain; more replicas than silos wrap around.</param>
    public string PlaceOf(string grainKey)
    {
        (string key, int replica) = RendezvousRanking.Split(grainKey);
        ImmutableArray<string> ranked = RankedFor(key);
        return ranked[replica % ranked.Length];
    }

    /// <summary>Notes that a silo is leaving, or that it is not: nothing is placed on one that leaves.</summary>
    /// <returns>Whether that is news.</returns>
    public bool MarkDraining(string silo, bool draining)
    {
        bool changed = draining ? _draining.TryAdd(silo, true) : _draining.TryRemove(silo, out _);
        if (changed)
        {
            Interlocked.Increment(ref _drainVersion);
        }

        return changed;
    }

    /// <summary>One view of the membership with the rankings computed from it.</summary>
    private sealed class Ranking
    {
        private readonly ConcurrentDictionary<string, ImmutableArray<string>> _ranked = new(StringComparer.Ordinal);

        public Ranking(ClusterMembershipSnapshot snapshot, long drainVersion, string[] draining, ILocalSiloDetails local)
        {
            Version = snapshot.Version;
            DrainVersion = drainVersion;
            var live = ImmutableDictionary.CreateBuilder<string, SiloAddress>(StringComparer.Ordinal);
            foreach (ClusterMember member in snapshot.Members.Values.Where(member => member.Status == SiloStatus.Active))
            {
                // A silo that crashed and came back is live twice until its first life is declared dead.
                string name = member.Name ?? member.SiloAddress.ToParsableString();
                if (!live.TryGetValue(name, out SiloAddress? other) || other.Generation < member.SiloAddress.Generation)
                {
                    live[name] = member.SiloAddress;
                }
            }

            if (live.Count == 0)
            {
                // Before it has joined, a silo knows only itself.
                live[local.Name] = local.SiloAddress;
            }

            Live = live.ToImmutable();
            string[] staying = [.. Live.Keys.Except(draining, StringComparer.Ordinal)];
            Placeable = [.. staying.Length > 0 ? staying : Live.Keys];
        }

        public MembershipVersion Version { get; }

        public long DrainVersion { get; }

        public ImmutableDictionary<string, SiloAddress> Live { get; }

        public ImmutableArray<string> Placeable { get; }

        public ImmutableArray<string> RankedFor(string key) =>
            _ranked.GetOrAdd(key, static (ranked, names) => [.. RendezvousRanking.Order(ranked, names)], Placeable);
    }
}
