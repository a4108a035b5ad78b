namespace Bigrain.Api.Collections;

/// <summary>One replica of a partition.</summary>
public sealed class ReplicaModel
{
    /// <summary>Silo that owns it; null where there are fewer silos than replicas.</summary>
    public string? Silo { get; set; }

    /// <summary><c>ready</c>, <c>loading</c>, <c>unloaded</c>, <c>failed</c> or <c>missing</c>.</summary>
    public string Status { get; set; } = "";

    /// <summary>Why the last load failed; null unless it did.</summary>
    public string? Failure { get; set; }
}
