using System.ComponentModel.DataAnnotations;

namespace Bigrain.Index.Coarse;

/// <summary>Settings of the coarse index; section <c>Coarse</c>.</summary>
public sealed class CoarseOptions
{
    /// <summary>Collections with fewer documents are searched exactly: their segments hold the vectors themselves (codec <c>flat</c>). Default 10,000; 0 turns that off. Memory grows with it.</summary>
    [Range(0, 10_000_000)]
    public int FlatBelow { get; set; } = 10_000;

    /// <summary>Documents of an average leaf. Default 256. Smaller leaves prune better but cost routing time and centroid memory.</summary>
    [Range(32, 65_536)]
    public int LeafSize { get; set; } = 256;

    /// <summary>Rows per leaf that train the centroids. Default 40. Build time and memory grow with it.</summary>
    [Range(4, 1_024)]
    public int TrainingRowsPerLeaf { get; set; } = 40;

    /// <summary>Memory for the rows that train the centroids. Default 64 MiB. Large segments get better leaves from more.</summary>
    [Range(1 << 20, 1 << 30)]
    public int TrainingBytes { get; set; } = 64 << 20;

    /// <summary>Rows that measure how many leaves a query has to visit. Default 192; 0 visits all leaves. Build time grows with it.</summary>
    [Range(0, 4_096)]
    public int ProbeSampleCount { get; set; } = 192;

    /// <summary>Share of true neighbours that automatic probing is to reach, as measured on that sample. Default 0.995. Latency grows with it.</summary>
    [Range(0.5, 1.0)]
    public double ProbeTarget { get; set; } = 0.995;

    /// <summary>Passes of k-means. Default 6. Build time grows with it.</summary>
    [Range(1, 100)]
    public int TrainingPasses { get; set; } = 6;

    /// <summary>Memory for row blocks while building. Default 16 MiB.</summary>
    [Range(1 << 20, 1 << 30)]
    public int BuildBlockBytes { get; set; } = 16 << 20;

    /// <summary>These settings for one segment, whose collection is small enough to be searched exactly or not.</summary>
    internal CoarseOptions ForSegment(bool isExact)
    {
        var options = (CoarseOptions)MemberwiseClone();
        options.FlatBelow = isExact ? int.MaxValue : 0;
        return options;
    }
}
