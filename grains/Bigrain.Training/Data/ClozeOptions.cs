using System.ComponentModel.DataAnnotations;

namespace Bigrain.Training.Data;

/// <summary>Settings of <see cref="InverseCloze"/>.</summary>
public sealed class ClozeOptions
{
    /// <summary>Most queries to make. Default 6,000: twice as many hardly teach more, and a round takes longer.</summary>
    [Range(1, 1_000_000)]
    public int MaxPairs { get; set; } = 6_000;

    /// <summary>Share of the documents with a title whose title becomes the query. Default 0.5; the others give a sentence.</summary>
    [Range(0.0, 1.0)]
    public double TitleShare { get; set; } = 0.5;

    /// <summary>Fewest words of a query. Default 3.</summary>
    [Range(1, 100)]
    public int MinQueryWords { get; set; } = 3;

    /// <summary>Fewest words that a document must keep. Default 8.</summary>
    [Range(1, 1_000)]
    public int MinPassageWords { get; set; } = 8;
}
