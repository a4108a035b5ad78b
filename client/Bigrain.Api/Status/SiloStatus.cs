namespace Bigrain.Api.Status;

/// <summary>One process of the cluster.</summary>
public sealed class SiloStatus
{
    /// <summary>Stable name.</summary>
    public string Name { get; set; } = "";

    /// <summary>Membership status, such as <c>active</c>.</summary>
    public string Status { get; set; } = "";

    /// <summary>Partition replicas it holds.</summary>
    public int Partitions { get; set; }

    /// <summary>Bytes taken from the memory budget.</summary>
    public long MemoryBytes { get; set; }

    /// <summary>The memory budget in bytes.</summary>
    public long BudgetBytes { get; set; }

    /// <summary>Version of the server.</summary>
    public string? Version { get; set; }
}
