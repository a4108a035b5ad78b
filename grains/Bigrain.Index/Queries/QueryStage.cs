namespace Bigrain.Index.Queries;

/// <summary>Time one stage of a query took.</summary>
/// <param name="Name">Name of the stage (<c>scatter</c>, <c>cut</c>, <c>verify</c>).</param>
/// <param name="Duration">How long it took.</param>
public readonly record struct QueryStage(string Name, TimeSpan Duration);
