using System.Collections.Immutable;
using Bigrain.Index.Catalog;
using Bigrain.Index.Coarse;
using Bigrain.Index.Log;
using Bigrain.Index.Routing;

namespace Bigrain.Index.Partitions;

/// <summary>What stays the same over all lineages of an open partition.</summary>
/// <param name="Key">Which partition.</param>
/// <param name="Head">Its collection, with the schema of the generation.</param>
/// <param name="Tables">Learned tables of the generation; null when it has none.</param>
/// <param name="Services">Shared parts of the silo.</param>
/// <param name="Router">Which rows it keeps.</param>
/// <param name="Streams">Streams that it follows.</param>
/// <param name="Readers">A reader for every stream of the collection.</param>
/// <param name="Builder">Builds segments.</param>
/// <param name="Freshness">How much of the log it is known to have.</param>
/// <param name="Applying">Lock of applying and publishing.</param>
internal sealed record PartitionParts(
    PartitionKey Key,
    CollectionHead Head,
    LearnedTables? Tables,
    PartitionServices Services,
    IPartitionRouter Router,
    ImmutableArray<int> Streams,
    ImmutableArray<LogReader> Readers,
    SegmentBuilder Builder,
    LogFreshness Freshness,
    SemaphoreSlim Applying);
