namespace Bigrain.Api.Queries;

/// <summary>One stage of a query.</summary>
public sealed class QueryStage
{
    /// <summary><c>plan</c>, <c>scatter</c>, <c>scan</c>, <c>cut</c>, <c>verify</c>, <c>hydrate</c>.</summary>
    public string Name { get; set; } = "";

    /// <summary>Time it took.</summary>
    public double Milliseconds { get; set; }
}
