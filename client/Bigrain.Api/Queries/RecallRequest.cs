using System.Text.Json.Serialization;

namespace Bigrain.Api.Queries;

/// <summary>Body of <c>POST /v1/collections/{c}/recall</c>.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed class RecallRequest
{
    /// <summary>Stored vectors to draw as queries, 1 to 1,000; not used when vectors are given.</summary>
    public int Sample { get; set; } = 100;

    /// <summary>Hits to compare, 1 to 1,000.</summary>
    public int K { get; set; } = 10;

    /// <summary>Seed of the choice: the same documents and seed give the same queries.</summary>
    public long Seed { get; set; } = 1;

    /// <summary>Queries to measure with; null draws stored vectors.</summary>
    public float[][]? Vectors { get; set; }
}
