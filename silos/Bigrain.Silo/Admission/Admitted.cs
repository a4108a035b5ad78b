namespace Bigrain.Silo.Admission;

/// <summary>Endpoint metadata: this kind of request takes a place before its body is read.</summary>
/// <param name="Kind">Name in metrics.</param>
/// <param name="Places">Places among the running queries; 0 for a request that only takes bytes.</param>
internal sealed record Admitted(string Kind, int Places)
{
    /// <summary>One query.</summary>
    public static readonly Admitted Query = new("query", 1);

    /// <summary>Many queries: as many places as it runs at once.</summary>
    public static readonly Admitted Batch = new("batch", Math.Max(2, Environment.ProcessorCount * 2));

    /// <summary>A write.</summary>
    public static readonly Admitted Write = new("write", 0);
}
