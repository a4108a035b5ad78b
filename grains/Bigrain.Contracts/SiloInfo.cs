namespace Bigrain.Contracts;

/// <summary>One process of the cluster.</summary>
/// <param name="Name">Stable name.</param>
/// <param name="PartitionCount">Partition replicas that are loaded.</param>
/// <param name="MemoryBytes">Bytes taken from its budget.</param>
/// <param name="BudgetBytes">Its budget.</param>
/// <param name="Version">Version of the server.</param>
[GenerateSerializer]
[Immutable]
[Alias("bigrain.SiloInfo")]
public sealed record SiloInfo(
    [property: Id(0)] string Name,
    [property: Id(1)] int PartitionCount,
    [property: Id(2)] long MemoryBytes,
    [property: Id(3)] long BudgetBytes,
    [property: Id(4)] string Version)
{
    /// <summary>Newest form of a collection's HEAD that it reads; 0 from a release that knew only the first.</summary>
    [Id(5)]
    public int ReaderVersion { get; init; }
}
