using System.ComponentModel.DataAnnotations;

namespace Bigrain.Index.Coarse;

/// <summary>Settings of the coarse index; section <c>Coarse</c>.</summary>
public sealed class CoarseOptions
{
    /// <summary>Segments with fewer documents hold the vectors themselves (codec <c>flat</c>). Default 2,000; 0 turns that off. Memory grows with it.</summary>
    [Range(0, 1_000_000)]
    public int FlatBelow { get; set; } = 2_000;

    /// <summary>Documents of an average leaf. Default 256. Smaller leaves prune better but cost routing time and centroid memory.</summary>
    [Range(32, 65_536)]
    public int LeafSize { get; set; } = 256;

    /// <summary>Rows per leaf that train the centroids. Default 40. Build time and memory grow with it.</summary>
    [Range(4, 1_024)]
    public int TrainingRowsPerLeaf { get; set; } = 40;

    /// <summary>Most rows that train the centroids. Default 262,144. Build memory grows with it.</summary>
    [Range(1_024, 16_777_216)]
    public int MaxTrainingRows { get; set; } = 262_144;

    /// <summary>Passes of k-means. Default 6. Build time grows with it.</summary>
    [Range(1, 100)]
    public int TrainingPasses { get; set; } = 6;

    /// <summary>Memory for row blocks while building. Default 16 MiB.</summary>
    [Range(1 << 20, 1 << 30)]
    public int BuildBlockBytes { get; set; } = 16 << 20;
}
