namespace Bigrain.Index.Reindexing;

/// <summary>What the record of a reindex job keeps: the request, and what must not be decided twice.</summary>
/// <param name="Request">What was asked.</param>
public sealed record ReindexBody(ReindexRequest Request)
{
    /// <summary>The generation that is built, verified or published; null before it is chosen.</summary>
    public int? Generation { get; init; }

    /// <summary>The generation that it is made of, or takes over from.</summary>
    public int? SourceGeneration { get; init; }

    /// <summary>Seed of the new generation's rotation.</summary>
    public ulong RotationSeed { get; init; }

    /// <summary>When the generation was chosen.</summary>
    public DateTimeOffset ChosenAt { get; init; }

    /// <summary>Blob with the pinned manifests of the source; null before they are pinned.</summary>
    public string? SourcesBlob { get; init; }

    /// <summary>Whether the manifests were the same after the pin was durable: from then on nothing of them can be collected.</summary>
    public bool IsPinned { get; init; }

    /// <summary>Whether every partition of the new generation has its manifest.</summary>
    public bool IsBuilt { get; init; }

    /// <summary>What verification found; null before it.</summary>
    public ReindexReport? Report { get; init; }
}
