using System.Collections.Immutable;
using Bigrain.Index.Blobs;
using Bigrain.Index.Catalog;
using Microsoft.Extensions.Logging;

namespace Bigrain.Index.Garbage;

/// <summary>What a collector works with.</summary>
public sealed record GarbageServices
{
    /// <summary>The store.</summary>
    public required IBlobStore Store { get; init; }

    /// <summary>Reads collections.</summary>
    public required CollectionCatalog Catalog { get; init; }

    /// <summary>What jobs hold.</summary>
    public required ImmutableArray<IPinSource> Pins { get; init; }

    /// <summary>Shortens logs.</summary>
    public required ILogOwner Logs { get; init; }

    /// <summary>Settings.</summary>
    public required GarbageOptions Options { get; init; }

    /// <summary>How long writers remember batch ids: younger entries stay.</summary>
    public required TimeSpan DedupeWindow { get; init; }

    /// <summary>How long a job that has ended is shown.</summary>
    public required TimeSpan KeepJobs { get; init; }

    /// <summary>Clock.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>Makes the logger.</summary>
    public required ILoggerFactory Loggers { get; init; }

    /// <summary>Planted bugs of a simulation.</summary>
    internal GarbageFlaws Flaws { get; init; }
}
