using System.Text.Json.Serialization;

namespace Bigrain.Api.Documents;

/// <summary>A sparse vector: term ids and their weights, in pairs.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed class SparseVector
{
    /// <summary>Term ids.</summary>
    public int[]? Indices { get; set; }

    /// <summary>Weights, one for each index.</summary>
    public float[]? Values { get; set; }
}
