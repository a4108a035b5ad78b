namespace Bigrain.Index.Queries;

/// <summary>A partition that did not answer whole.</summary>
/// <param name="Partition">Partition number.</param>
/// <param name="Answer">What happened.</param>
public readonly record struct MissingPartition(int Partition, PartitionAnswer Answer)
{
    /// <summary>The reason as it stands in the reply.</summary>
    public string Reason => Answer switch
    {
        PartitionAnswer.NotReady => "notReady",
        PartitionAnswer.Behind => "behind",
        PartitionAnswer.Corrupt => "corrupt",
        PartitionAnswer.Overloaded => "overloaded",
        _ => "unreachable",
    };
}
