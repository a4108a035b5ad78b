namespace Bigrain.Api.Queries;

/// <summary>Where the time of a query went.</summary>
public sealed class QueryExplain
{
    /// <summary>The stages in order; with the unaccounted rest they sum to the total.</summary>
    public IReadOnlyList<QueryStage> Stages { get; set; } = [];

    /// <summary>Time that no stage claims.</summary>
    public double UnaccountedMilliseconds { get; set; }

    /// <summary>Time of the whole query in the server.</summary>
    public double TotalMilliseconds { get; set; }
}
