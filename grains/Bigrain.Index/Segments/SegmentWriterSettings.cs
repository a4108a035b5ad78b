using Bigrain.Index.Coarse;
using Bigrain.Index.Schema;

namespace Bigrain.Index.Segments;

/// <summary>What a new segment is made with.</summary>
/// <param name="Schema">Schema of the collection.</param>
/// <param name="Codec">Wish for the coarse code, by the generation.</param>
/// <param name="RotationSeed">Seed of the generation's rotation.</param>
/// <param name="LeafSeed">Seed of the choices made while leaves are trained.</param>
/// <param name="Coarse">Settings of the coarse index.</param>
/// <param name="WorkDirectory">Local folder for temporary files; what stays in it after a crash may be deleted at start.</param>
public sealed record SegmentWriterSettings(
    CollectionSchema Schema,
    CodecSpec Codec,
    ulong RotationSeed,
    ulong LeafSeed,
    CoarseOptions Coarse,
    string WorkDirectory)
{
    /// <summary>Rows are kept in memory up to this many bytes, then in the work directory. Default 32 MiB, for vectors and for the rest each.</summary>
    public long MemoryBytes { get; init; } = 32L * 1024 * 1024;

    /// <summary>Pauses the building thread; null lets it run.</summary>
    public Scheduling.CpuPace? Pace { get; init; }

    /// <summary>Learned tables of the generation; null while it has none.</summary>
    public LearnedTables? Tables { get; init; }
}
