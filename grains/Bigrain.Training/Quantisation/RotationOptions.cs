using System.ComponentModel.DataAnnotations;

namespace Bigrain.Training.Quantisation;

/// <summary>Settings of <see cref="OptimisedRotation"/>.</summary>
public sealed record RotationOptions
{
    /// <summary>Bytes of a code at 8 bits: number of subspaces M. Default 8. Memory of codes and time of scans grow with it.</summary>
    [Range(1, int.MaxValue)]
    public int SubspaceCount { get; init; } = 8;

    /// <summary>Bits of a sub-code: 4 or 8. Default 8. 8 bits want some 10,000 documents to train on.</summary>
    [AllowedValues(4, 8)]
    public int Bits { get; init; } = 8;

    /// <summary>Where the rotation starts. Default the principal axes.</summary>
    public RotationStart Start { get; init; } = RotationStart.Principal;

    /// <summary>Rounds of fitting words, then the rotation. Default 30: after 12 the error of text vectors still falls by 3 % a
    /// round. Time grows with it; above 500 dimensions most of it goes into singular values.</summary>
    [Range(0, int.MaxValue)]
    public int Rounds { get; init; } = 30;

    /// <summary>Lloyd's rounds at the first rotation and after the last one. Default 12. Time grows with it.</summary>
    [Range(0, int.MaxValue)]
    public int WordRounds { get; init; } = 12;

    /// <summary>Documents to learn from; more are sampled down. Default 20,000. Time and memory grow with it.</summary>
    [Range(1, int.MaxValue)]
    public int MaxSampleRows { get; init; } = 20_000;
}
