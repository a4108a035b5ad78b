using System.ComponentModel.DataAnnotations;

namespace Bigrain.Silo.Hosting;

/// <summary>What a process needs to know to be one silo with its HTTP API. Storage is <see cref="Data"/> alone, or
/// <see cref="Blob"/> with <see cref="Data"/> as the cache folder.</summary>
public sealed record SiloSettings
{
    /// <summary>Smallest memory budget that can serve anything: 64 MiB.</summary>
    public const long MinMemoryBytes = 64L * 1024 * 1024;

    private const string NamePattern = "[A-Za-z0-9][A-Za-z0-9._-]{0,62}";

    /// <summary>Folder of the blobs, or of the cache when <see cref="Blob"/> is set. Default <c>./data</c>.</summary>
    [Required]
    public string Data { get; init; } = "./data";

    /// <summary>Azure Blob Storage connection string; null keeps the blobs in <see cref="Data"/>.</summary>
    public string? Blob { get; init; }

    /// <summary>Container of the blobs when <see cref="Blob"/> is set.</summary>
    [RegularExpression("[a-z0-9](-?[a-z0-9]){2,62}")]
    public string Container { get; init; } = "bigrain";

    /// <summary>Redis that holds the membership of the cluster, <c>HOST:PORT</c> or a StackExchange.Redis configuration string;
    /// null makes a cluster of this one silo.</summary>
    public string? Redis { get; init; }

    /// <summary>Address that the HTTP API listens on, and in a cluster the silo too. Default loopback.</summary>
    public string Listen { get; init; } = "127.0.0.1";

    /// <summary>IP address under which the other silos reach this one; null takes <see cref="Listen"/> where that names one machine.</summary>
    public string? Advertise { get; init; }

    /// <summary>Port of the HTTP API; 0 takes a free one.</summary>
    [Range(0, 65_535)]
    public int HttpPort { get; init; } = 8080;

    /// <summary>Port between silos; 0 takes a free one.</summary>
    [Range(0, 65_535)]
    public int SiloPort { get; init; } = 11111;

    /// <summary>Port of the Orleans gateway; 0 takes a free one.</summary>
    [Range(0, 65_535)]
    public int GatewayPort { get; init; } = 30000;

    /// <summary>Stable name of the silo, its own within the cluster: placement follows it over restarts.</summary>
    [RegularExpression(NamePattern)]
    public string Name { get; init; } = "silo-0";

    /// <summary>Id of the cluster; silos with the same one on the same Redis belong together.</summary>
    [RegularExpression(NamePattern)]
    public string Cluster { get; init; } = "bigrain";

    /// <summary>Hard byte budget; null takes a share of the memory that the process may use.</summary>
    [Range(MinMemoryBytes, long.MaxValue)]
    public long? MemoryBytes { get; init; }

    /// <summary>File of the hashed API keys; null needs none. See docs/operations/cluster.md.</summary>
    public string? ApiKeysFile { get; init; }

    /// <summary>Whether the API may be reached without a key on an address other than loopback.</summary>
    public bool NoAuth { get; init; }

    /// <summary>Whether the dashboard of the actors is served at <c>/dashboard</c>, to admins of all collections.</summary>
    public bool Dashboard { get; init; }

    /// <summary>Collections under so many documents are searched exactly. Default 10,000; 0 always takes the coarse path.</summary>
    [Range(0, 10_000_000)]
    public int FlatBelow { get; init; } = 10_000;

    /// <summary>How often garbage is collected, 0 never; null takes the setting <c>Gc:Period</c>, 6 hours by default.</summary>
    public TimeSpan? GcPeriod { get; init; }

    /// <summary>Whether only warnings and errors are logged, for a silo that lives inside another command.</summary>
    public bool IsQuiet { get; init; }
}
