using Bigrain.Index.Schema;

namespace Bigrain.Index.Partitions;

/// <summary>Names of all blobs, in one place; the tree is in docs/formats/README.md.</summary>
public static class DataPaths
{
    /// <summary>Prefix of all collection heads.</summary>
    public const string Collections = "collections/";

    /// <summary>Prefix of all records of jobs.</summary>
    public const string Jobs = "jobs/";

    /// <summary>Prefix of everything that all lives of all collections store.</summary>
    public const string Data = "data/";

    /// <summary>Prefix of what jobs keep beside their records.</summary>
    public const string AllJobData = "job-data/";

    /// <summary>What the passes of garbage collection found so far.</summary>
    public const string GarbageCandidates = "gc/candidates";

    /// <summary>HEAD of a collection.</summary>
    public static string Head(string collection) => $"{Collections}{collection}/HEAD";

    /// <summary>Record of a job.</summary>
    public static string Job(string id) => Jobs + id;

    /// <summary>One part of a job's input.</summary>
    public static string JobInput(string id, int part) => FormattableString.Invariant($"job-data/{id}/{part:D8}");

    /// <summary>Prefix of what a job keeps beside its record.</summary>
    public static string JobData(string id) => $"job-data/{id}/";

    /// <summary>Prefix of all aliases.</summary>
    public const string Aliases = "aliases/";

    /// <summary>An alias.</summary>
    public static string Alias(string alias) => Aliases + alias;

    /// <summary>Prefix of everything one life of a collection stores.</summary>
    public static string Incarnation(CollectionIncarnation incarnation) => $"data/{incarnation}/";

    /// <summary>Writer epoch of a stream.</summary>
    public static string Epoch(CollectionIncarnation incarnation, int stream) =>
        FormattableString.Invariant($"data/{incarnation}/stream/{stream}/EPOCH");

    /// <summary>Prefix of a stream's log.</summary>
    public static string Wal(CollectionIncarnation incarnation, int stream) =>
        FormattableString.Invariant($"data/{incarnation}/stream/{stream}/wal/");

    /// <summary>One log blob.</summary>
    public static string WalEntry(CollectionIncarnation incarnation, int stream, long sequence) =>
        FormattableString.Invariant($"data/{incarnation}/stream/{stream}/wal/{sequence:D20}");

    /// <summary>Description of a generation.</summary>
    public static string Generation(CollectionIncarnation incarnation, int generation) =>
        FormattableString.Invariant($"data/{incarnation}/gen/{generation}/GENERATION");

    /// <summary>Prefix of everything in a generation's folder.</summary>
    public static string GenerationFolder(CollectionIncarnation incarnation, int generation) =>
        FormattableString.Invariant($"data/{incarnation}/gen/{generation}/");

    /// <summary>Learned tables of a representation.</summary>
    public static string Tables(CollectionIncarnation incarnation, int generation, string representation) =>
        FormattableString.Invariant($"data/{incarnation}/gen/{generation}/{representation}.tables");

    /// <summary>Prefix of a partition.</summary>
    public static string Partition(CollectionIncarnation incarnation, int generation, int partition) =>
        FormattableString.Invariant($"data/{incarnation}/gen/{generation}/part/{partition}/");

    /// <summary>Manifest of a partition.</summary>
    public static string Manifest(CollectionIncarnation incarnation, int generation, int partition) =>
        Partition(incarnation, generation, partition) + "MANIFEST";

    /// <summary>One file of a segment.</summary>
    public static string SegmentFile(CollectionIncarnation incarnation, int generation, int partition, string segment, string file) =>
        $"{Partition(incarnation, generation, partition)}seg/{segment}/{file}";
}
