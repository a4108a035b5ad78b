using System.ComponentModel.DataAnnotations;

namespace Bigrain.Training.Text;

/// <summary>Settings of a <see cref="FrozenEncoder"/>; all of them end up in its file.</summary>
public sealed class EncoderOptions
{
    /// <summary>Dimension of the vectors. Default 256. Time to fit and the size of the file grow with it.</summary>
    [Range(2, 1_024)]
    public int Dimension { get; set; } = 256;

    /// <summary>Bits of a word's hash that count. Default 16: more than 65,536 different words share columns.</summary>
    [Range(8, 24)]
    public int BucketBits { get; set; } = 16;

    /// <summary>Texts that a word must be in to count. Default 2.</summary>
    [Range(1, 1_000_000)]
    public int MinTexts { get; set; } = 2;

    /// <summary>Share of texts that a word may be in at most. Default 0.5: more frequent words tell nothing.</summary>
    [Range(0.0, 1.0)]
    public double MaxTextShare { get; set; } = 0.5;

    /// <summary>Most columns, the most frequent words first. Default 32,768; the file takes 2 bytes for each and dimension.</summary>
    [Range(1, 1 << 20)]
    public int MaxColumns { get; set; } = 32_768;

    /// <summary>Most texts that the reduction is fitted on, taken at even steps. Default 50,000. Time grows with it.</summary>
    [Range(1, 10_000_000)]
    public int MaxFittedTexts { get; set; } = 50_000;

    /// <summary>Seed of the randomised reduction. Default 1.</summary>
    public ulong Seed { get; set; } = 1;
}
