using System.ComponentModel.DataAnnotations;
using Bigrain.Training.Locality;

namespace Bigrain.Training.Dense;

/// <summary>Settings of the dense stage.</summary>
public sealed record DenseOptions
{
    /// <summary>Where negatives come from. Default: patches by snowball.</summary>
    public DenseSampling Sampling { get; init; } = DenseSampling.Snowball;

    /// <summary>Queries of a batch. Default 64. Must be far below the number of training queries, or a local batch is
    /// simply all of them; memory of a step grows with it.</summary>
    [Range(2, 4_096)]
    public int BatchSize { get; init; } = 64;

    /// <summary>Patches of a batch. Default 1. More make a batch less local.</summary>
    [Range(1, 4_096)]
    public int PatchCount { get; init; } = 1;

    /// <summary>Passes over the training queries. Default 12. Time grows with it.</summary>
    [Range(1, 1_000)]
    public int Epochs { get; init; } = 12;

    /// <summary>Evaluations without improvement after which training ends. Default 3; it never ends sooner by itself.</summary>
    [Range(1, 1_000)]
    public int Patience { get; init; } = 3;

    /// <summary>Highest learning rate, after the warm-up. Default 0.001.</summary>
    [Range(0.0, 1.0, MinimumIsExclusive = true)]
    public float LearningRate { get; init; } = 1e-3f;

    /// <summary>Decoupled weight decay: pulls the heads back to the identity. Default 0.01.</summary>
    [Range(0.0, 1.0)]
    public float WeightDecay { get; init; } = 0.01f;

    /// <summary>Temperature of the softmax over unit vectors; scaled by the mean norms for inner product. Default 0.05.</summary>
    [Range(1e-4, 100.0)]
    public float Temperature { get; init; } = 0.05f;

    /// <summary>Documents whose cosine with the positive is above this are no negatives: probably unlabelled positives. Default 0.98.</summary>
    [Range(0.0, 1.0)]
    public float NearDuplicate { get; init; } = 0.98f;

    /// <summary>Whether documents get a head too. Default true. Verification then costs d * d operations a candidate.</summary>
    public bool DocumentHead { get; init; } = true;

    /// <summary>Ranks that a query leads to. Default 0 to 200.</summary>
    public RankWindow Forward { get; init; } = RankWindow.Default;

    /// <summary>Ranks from which a document leads back. Default 0 to 200.</summary>
    public RankWindow Backward { get; init; } = RankWindow.Default;
}
